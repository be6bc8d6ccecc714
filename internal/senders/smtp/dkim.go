package smtp

import (
	"bytes"
	"crypto"
	"crypto/ed25519"
	"crypto/rsa"
	"crypto/x509"
	"encoding/pem"
	"errors"
	"fmt"
	"strings"

	"github.com/emersion/go-msgauth/dkim"
)

// signedFields are covered whether they are there or not, so that none can be
// added on the way; the first four are named once more, so that no second one can.
var signedFields = []string{
	hFrom, hTo, hSubject, hDate, hFrom, hTo, hSubject, hDate, hMessageID,
	hAutoSubmitted, hListID, hListUnsubscribe, hListPost, hMIMEVersion, hContentType, hEncoding,
}

// signers reads private keys (PEM: PKCS #1 or #8, RSA of 2048 bits or more,
// Ed25519) and pairs them with selectors, comma-separated, in the order of the keys.
func signers(domain, selectors string, keys []byte) ([]*dkim.SignOptions, error) {
	var names []string
	for name := range strings.SplitSeq(selectors, ",") {
		if name = strings.TrimSpace(name); name != "" {
			names = append(names, name)
		}
	}
	var out []*dkim.SignOptions
	for {
		var block *pem.Block
		if block, keys = pem.Decode(keys); block == nil {
			break
		}
		key, err := privateKey(block)
		if err != nil {
			return nil, fmt.Errorf("smtp: DKIM key %d: %w", len(out)+1, err)
		}
		if len(out) == len(names) {
			return nil, fmt.Errorf("smtp: DKIM: more keys than the %d selectors; name one selector per key, comma-separated", len(names))
		}
		out = append(out, &dkim.SignOptions{
			Domain: domain, Selector: names[len(out)], Signer: key, HeaderKeys: signedFields,
			HeaderCanonicalization: dkim.CanonicalizationRelaxed, BodyCanonicalization: dkim.CanonicalizationRelaxed,
		})
	}
	if len(bytes.TrimSpace(keys)) > 0 {
		return nil, errors.New("smtp: DKIM: the key file holds something that is not PEM")
	}
	if len(out) != len(names) {
		return nil, fmt.Errorf("smtp: DKIM: %d selectors for %d keys", len(names), len(out))
	}
	return out, nil
}

func privateKey(block *pem.Block) (crypto.Signer, error) {
	var key any
	var err error
	switch block.Type {
	case "RSA PRIVATE KEY":
		key, err = x509.ParsePKCS1PrivateKey(block.Bytes)
	case "PRIVATE KEY":
		key, err = x509.ParsePKCS8PrivateKey(block.Bytes)
	default:
		return nil, fmt.Errorf("a %q is no private key", block.Type)
	}
	if err != nil {
		return nil, errors.New("the key cannot be read") // the parser's error may quote it
	}
	switch key := key.(type) {
	case *rsa.PrivateKey:
		if key.N.BitLen() < 2048 {
			return nil, fmt.Errorf("an RSA key of %d bits is too short; use 2048", key.N.BitLen())
		}
		return key, nil
	case ed25519.PrivateKey:
		return key, nil
	}
	return nil, errors.New("neither RSA nor Ed25519")
}

// sign puts one DKIM-Signature per key above the mail (RFC 6376, RFC 8463).
func sign(raw []byte, with []*dkim.SignOptions) ([]byte, error) {
	var fields bytes.Buffer
	for _, o := range with {
		s, err := dkim.NewSigner(o)
		if err != nil {
			return nil, err
		}
		if _, err := s.Write(raw); err != nil {
			return nil, err
		}
		if err := s.Close(); err != nil {
			return nil, err
		}
		fields.WriteString(s.Signature())
	}
	return append(fields.Bytes(), raw...), nil
}
