//! The address rules: which addresses a user's URL may lead to. Everything that is not plainly
//! public is refused, whatever spelling or name leads to it.

use reqwest::Url;
use reqwest::dns::{Addrs, Name, Resolve, Resolving};
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr};

/// Why a URL may not be used.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum BlockedUrl {
    // Says nothing of the text: it may hold a password.
    #[error("this is not a URL: write http:// or https:// and a host")]
    Invalid,
    #[error("`{0}` must not carry a user name or password")]
    Credentials(String),
    #[error("`{0}` leads to a private or reserved address, which is not allowed here")]
    Private(String),
}

/// Parses a URL that a user set and refuses hosts that are not public. Host names pass here:
/// what they resolve to is checked when they are connected to, so that a name cannot change
/// its mind in between.
pub fn check_url(text: &str) -> Result<Url, BlockedUrl> {
    let url = Url::parse(text.trim()).map_err(|_| BlockedUrl::Invalid)?;
    let host = url
        .host_str()
        .filter(|_| matches!(url.scheme(), "http" | "https"))
        .ok_or(BlockedUrl::Invalid)?
        .to_owned();
    if !url.username().is_empty() || url.password().is_some() {
        return Err(BlockedUrl::Credentials(host));
    }
    // The URL parser has turned every spelling of an address (0x7f.1, 2130706433) into this one.
    let bare = host.trim_start_matches('[').trim_end_matches(']');
    let public = match bare.parse::<IpAddr>() {
        Ok(address) => is_public(address),
        Err(_) => !is_local_name(bare),
    };
    if public {
        Ok(url)
    } else {
        Err(BlockedUrl::Private(host))
    }
}

/// Names that never mean a machine on the Internet.
fn is_local_name(host: &str) -> bool {
    let host = host.trim_end_matches('.').to_ascii_lowercase();
    host == "localhost"
        || [".localhost", ".local", ".internal", ".home.arpa"]
            .iter()
            .any(|suffix| host.ends_with(suffix))
}

/// Whether this is an ordinary address of the Internet.
pub fn is_public(address: IpAddr) -> bool {
    match address {
        IpAddr::V4(address) => is_public_v4(address),
        IpAddr::V6(address) => is_public_v6(address),
    }
}

/// Public by its number, but answered by the host of a virtual machine in Azure: a metadata service.
const AZURE: Ipv4Addr = Ipv4Addr::new(168, 63, 129, 16);

fn is_public_v4(address: Ipv4Addr) -> bool {
    let [a, b, c, _] = address.octets();
    let reserved = address == AZURE
        || a == 0
        || a == 10
        || a == 127
        || a >= 224
        || (a == 100 && (64..128).contains(&b))
        || (a == 169 && b == 254)
        || (a == 172 && (16..32).contains(&b))
        || (a == 192 && b == 168)
        || (a == 192 && b == 0 && (c == 0 || c == 2))
        || (a == 192 && b == 88 && c == 99)
        || (a == 198 && (b == 18 || b == 19))
        || (a == 198 && b == 51 && c == 100)
        || (a == 203 && b == 0 && c == 113);
    !reserved
}

/// Only global unicast (2000::/3) without its special parts; an address that carries an IPv4
/// address is judged by that one.
fn is_public_v6(address: Ipv6Addr) -> bool {
    let s = address.segments();
    let v4 = |high: u16, low: u16| {
        let ([a, b], [c, d]) = (high.to_be_bytes(), low.to_be_bytes());
        is_public_v4(Ipv4Addr::new(a, b, c, d))
    };
    match s {
        // Mapped, NAT64, 6to4.
        [0, 0, 0, 0, 0, 0xffff, high, low] => v4(high, low),
        [0x64, 0xff9b, 0, 0, 0, 0, high, low] => v4(high, low),
        [0x2002, high, low, ..] => v4(high, low),
        // Teredo and the other protocol assignments, documentation.
        [0x2001, second, ..] if second < 0x200 || second == 0xdb8 => false,
        [0x3fff, second, ..] if second < 0x1000 => false,
        [first, ..] => first & 0xe000 == 0x2000,
    }
}

/// Resolves like the system does and refuses a name as a whole when any of its addresses is
/// not public.
#[derive(Debug)]
pub(crate) struct GuardedResolver;

#[derive(Debug, thiserror::Error)]
#[error("{0} leads to a private or reserved address, which is not allowed here")]
pub(crate) struct BlockedName(String);

impl Resolve for GuardedResolver {
    fn resolve(&self, name: Name) -> Resolving {
        Box::pin(async move {
            let addresses = tokio::net::lookup_host((name.as_str(), 0)).await?;
            Ok(admit(name.as_str(), addresses.collect())?)
        })
    }
}

fn admit(name: &str, addresses: Vec<SocketAddr>) -> Result<Addrs, BlockedName> {
    if addresses.iter().all(|address| is_public(address.ip())) {
        Ok(Box::new(addresses.into_iter()))
    } else {
        Err(BlockedName(name.to_owned()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn addresses() {
        for public in [
            "1.1.1.1",
            "8.8.8.8",
            "100.63.255.255",
            "100.128.0.0",
            "168.63.129.15",
            "172.15.0.1",
            "172.32.0.1",
            "192.0.1.1",
            "198.20.0.1",
            "223.255.255.255",
            "2606:4700:4700::1111",
            "2a00:1450:4001::1",
            "::ffff:8.8.8.8",
            "64:ff9b::808:808",
            "2002:808:808::1",
        ] {
            assert!(is_public(public.parse().unwrap()), "{public} is public");
        }
        for private in [
            "0.0.0.0",
            "10.0.0.1",
            "100.64.0.1",
            "127.0.0.1",
            "127.255.255.254",
            "168.63.129.16",
            "169.254.169.254",
            "172.16.0.1",
            "172.31.255.255",
            "192.0.0.1",
            "192.0.2.1",
            "192.88.99.1",
            "192.168.1.1",
            "198.18.0.1",
            "198.19.255.255",
            "198.51.100.1",
            "203.0.113.1",
            "224.0.0.1",
            "240.0.0.1",
            "255.255.255.255",
            "::",
            "::1",
            "::127.0.0.1",
            "::ffff:127.0.0.1",
            "::ffff:a9fe:a9fe",
            "::ffff:168.63.129.16",
            "64:ff9b::a83f:8110",
            "2002:a83f:8110::1",
            "64:ff9b::7f00:1",
            "64:ff9b:1::1",
            "100::1",
            "2001::1",
            "2001:db8::1",
            "2002:7f00:1::",
            "2002:a9fe:a9fe::",
            "3fff:fff::1",
            "fc00::1",
            "fd00:ec2::254",
            "fe80::1",
            "fec0::1",
            "ff02::1",
        ] {
            assert!(!is_public(private.parse().unwrap()), "{private} is not");
        }
    }

    #[test]
    fn urls() {
        for allowed in [
            "https://api.example.com/v1",
            "http://8.8.8.8:8080/",
            " https://example.com ",
            "https://[2606:4700:4700::1111]/",
        ] {
            check_url(allowed).unwrap();
        }
        for private in [
            "http://127.0.0.1:11434",
            "http://127.1/",
            "http://2130706433/",
            "http://0x7f.0.0.1/",
            "http://0177.0.0.1/",
            "http://0/",
            "http://[::1]/",
            "http://[::ffff:127.0.0.1]/",
            "http://[::ffff:169.254.169.254]/latest",
            "http://169.254.169.254/latest/meta-data",
            "http://168.63.129.16/machine?comp=goalstate",
            "http://2822734096/",
            "http://0xa83f8110/",
            "http://0250.077.0201.020/",
            "http://168.63.33040/",
            "http://[::ffff:168.63.129.16]/",
            "http://localhost/",
            "http://LOCALHOST./",
            "http://ollama.localhost/",
            "http://metadata.google.internal/",
            "http://printer.local/",
        ] {
            assert!(
                matches!(check_url(private), Err(BlockedUrl::Private(_))),
                "{private}"
            );
        }
        assert!(matches!(
            check_url("https://user:secret@example.com/"),
            Err(BlockedUrl::Credentials(_))
        ));
        for invalid in [
            "",
            "example.com",
            "ftp://example.com",
            "file:///etc/passwd",
            "http://",
        ] {
            assert_eq!(check_url(invalid), Err(BlockedUrl::Invalid), "{invalid}");
        }
    }

    #[test]
    fn a_name_with_one_private_address_is_refused() {
        let public: SocketAddr = "8.8.8.8:0".parse().unwrap();
        let private: SocketAddr = "10.0.0.8:0".parse().unwrap();
        assert_eq!(admit("a", vec![public]).unwrap().count(), 1);
        assert!(admit("a", vec![public, private]).is_err());
    }

    #[tokio::test]
    async fn a_users_client_does_not_connect_to_a_local_name() {
        let client = crate::client(crate::Origin::User, &crate::Timeouts::default()).unwrap();
        let error = client.get("http://localhost:9/").send().await.unwrap_err();
        assert_eq!(crate::Failure::of(&error), Some(crate::Failure::Blocked));
    }
}
