package smtp

// SpeakTLSFirst makes a client behave as on port 465, which a test cannot have.
func (c *Client) SpeakTLSFirst() { c.first = true }
