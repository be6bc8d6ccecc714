package public

import (
	"net/netip"
	"regexp"

	"github.com/labstack/echo/v4"

	"placet/internal/optin"
)

// visitor is what is kept of who pressed: coarse on purpose (rules.md §4.2).
func (p *Pages) visitor(c echo.Context) optin.Press {
	return optin.Press{At: p.Now(), IP: truncate(c.RealIP()), UserAgent: family(c.Request().UserAgent())}
}

// truncate keeps the network of an address: /24 of IPv4, /48 of IPv6.
func truncate(ip string) string {
	a, err := netip.ParseAddr(ip)
	if err != nil {
		return ""
	}
	a = a.Unmap().WithZone("")
	bits := 48
	if a.Is4() {
		bits = 24
	}
	return netip.PrefixFrom(a, bits).Masked().String()
}

// browsers in the order in which they have to be looked for: most claim to be
// Chrome and Safari too.
var browsers = []struct {
	name string
	mark *regexp.Regexp
}{
	{"Edge", regexp.MustCompile(`\bEdg(?:A|iOS)?/(\d{1,4})`)},
	{"Opera", regexp.MustCompile(`\bOPR/(\d{1,4})`)},
	{"Samsung Internet", regexp.MustCompile(`\bSamsungBrowser/(\d{1,4})`)},
	{"Firefox", regexp.MustCompile(`\b(?:Firefox|FxiOS)/(\d{1,4})`)},
	{"Chrome", regexp.MustCompile(`\b(?:Chrome|CriOS|HeadlessChrome)/(\d{1,4})`)},
	{"Safari", regexp.MustCompile(`\bVersion/(\d{1,4})[^ ]* (?:Mobile/\S+ )?Safari/`)},
	{"curl", regexp.MustCompile(`^curl/(\d{1,4})`)},
}

// family is the browser and its major version, "other" when unknown, empty when nothing was said.
func family(ua string) string {
	if ua == "" {
		return ""
	}
	if len(ua) > 512 {
		ua = ua[:512]
	}
	for _, b := range browsers {
		if m := b.mark.FindStringSubmatch(ua); m != nil {
			return b.name + " " + m[1]
		}
	}
	return "other"
}
