// SPDX-License-Identifier: Apache-2.0

package fetch

import "net/netip"

// addressClass says who may be asked to read from an address.
type addressClass int

const (
	public  addressClass = iota
	private              // only from hosts named in AllowPrivate
	never                // not even from those
)

// specialPrefix is a range of addresses that no public host has.
type specialPrefix struct {
	prefix netip.Prefix
	class  addressClass
}

// special follows IANA's registries of special-purpose addresses
// (https://www.iana.org/assignments/iana-ipv4-special-registry and
// iana-ipv6-special-registry). Link-local is where clouds keep the credentials
// of a machine.
var special = specialPrefixes(map[string]addressClass{
	"0.0.0.0/8":        never,   // this network
	"10.0.0.0/8":       private, // RFC 1918
	"100.64.0.0/10":    private, // carrier-grade NAT
	"127.0.0.0/8":      private, // loopback
	"168.63.129.16/32": never,   // Azure's agent for virtual machines
	"169.254.0.0/16":   never,   // link-local
	"172.16.0.0/12":    private, // RFC 1918
	"192.0.0.0/24":     never,   // protocol assignments
	"192.0.2.0/24":     private, // documentation
	"192.88.99.0/24":   private, // 6to4 relays
	"192.168.0.0/16":   private, // RFC 1918
	"198.18.0.0/15":    private, // benchmarks
	"198.51.100.0/24":  private, // documentation
	"203.0.113.0/24":   private, // documentation
	"224.0.0.0/4":      never,   // multicast
	"240.0.0.0/4":      never,   // reserved, broadcast
	"::/128":           never,   // unspecified
	"::1/128":          private, // loopback
	"fc00::/7":         private, // unique local
	"fd00:ec2::/32":    never,   // Amazon's instance metadata
	"fe80::/10":        never,   // link-local
	"fec0::/10":        private, // site-local
	"ff00::/8":         never,   // multicast
	"2001::/23":        private, // Teredo, ORCHID, benchmarks
	"2001:db8::/32":    private, // documentation
	"3fff::/20":        private, // documentation
})

func specialPrefixes(table map[string]addressClass) []specialPrefix {
	var out []specialPrefix
	for text, class := range table {
		out = append(out, specialPrefix{netip.MustParsePrefix(text), class})
	}
	return out
}

// embedding prefixes carry an IPv4 address, to which some gateway would
// forward: the class is that address's, and private at the least.
var embedding = []struct {
	prefix netip.Prefix
	offset int // of the IPv4 address, in bytes
}{
	{netip.MustParsePrefix("::/96"), 12},           // IPv4-compatible
	{netip.MustParsePrefix("::ffff:0:0:0/96"), 12}, // IPv4-translated
	{netip.MustParsePrefix("64:ff9b::/96"), 12},    // NAT64
	{netip.MustParsePrefix("64:ff9b:1::/48"), 12},  // local NAT64
	{netip.MustParsePrefix("2002::/16"), 2},        // 6to4
}

// classify returns the strictest class that applies to an address.
func classify(addr netip.Addr) addressClass {
	if !addr.IsValid() || addr.Zone() != "" {
		return never
	}
	addr = addr.Unmap()
	class := public
	if addr.Is6() && !globalUnicast.Contains(addr) {
		class = private
	}
	for _, s := range special {
		if s.prefix.Contains(addr) {
			class = max(class, s.class)
		}
	}
	if addr == netip.IPv6Loopback() {
		return private // in ::/96, but no IPv4 address
	}
	for _, e := range embedding {
		if addr.Is6() && e.prefix.Contains(addr) {
			b := addr.As16()
			inner := netip.AddrFrom4([4]byte(b[e.offset : e.offset+4]))
			class = max(class, private, classify(inner))
		}
	}
	return class
}

// globalUnicast is all of IPv6 that is assigned to public hosts.
var globalUnicast = netip.MustParsePrefix("2000::/3")
