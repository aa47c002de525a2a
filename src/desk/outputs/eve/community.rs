//! Community ID version 1, by which tools of many makers name the same conversation
//! (<https://github.com/corelight/community-id-spec>).

use crate::facts::Endpoint;
use data_encoding::BASE64;
use sha1_smol::Sha1;
use std::net::IpAddr;

/// The Community ID of a conversation with seed 0, whichever direction its packets go; `None`
/// without IP, and where the ID is made of what is not kept: the ICMP types, the SCTP ports.
pub(super) fn community_id(ip_protocol: u8, one: Endpoint, other: Endpoint) -> Option<String> {
    if matches!(ip_protocol, 1 | 58 | 132) {
        return None;
    }
    let one = (octets(one.host.ip()?), one.port);
    let other = (octets(other.host.ip()?), other.port);
    let (low, high) = if one <= other {
        (one, other)
    } else {
        (other, one)
    };
    let mut digest = Sha1::new();
    digest.update(&[0, 0]);
    digest.update(&low.0);
    digest.update(&high.0);
    digest.update(&[ip_protocol, 0]);
    if matches!(ip_protocol, 6 | 17) {
        digest.update(&low.1.to_be_bytes());
        digest.update(&high.1.to_be_bytes());
    }
    Some(format!("1:{}", BASE64.encode(&digest.digest().bytes())))
}

fn octets(ip: IpAddr) -> Vec<u8> {
    match ip {
        IpAddr::V4(ip) => ip.octets().to_vec(),
        IpAddr::V6(ip) => ip.octets().to_vec(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::facts::Host;

    /// The examples of the specification's own baseline.
    #[test]
    fn conversations_have_the_ids_of_the_specification() {
        let end = |ip: &str, port| Endpoint {
            host: Host::Ip(ip.parse().unwrap()),
            port,
        };
        let (tcp, udp) = (6, 17);
        let web = (end("128.232.110.120", 34855), end("66.35.250.204", 80));
        let dns = (end("192.168.1.52", 54585), end("8.8.8.8", 53));
        for ((a, b), number, id) in [
            (web, tcp, "1:LQU9qZlK+B5F3KDmev6m5PMibrg="),
            (dns, udp, "1:d/FP5EW3wiY1vCndhwleRRKHowQ="),
        ] {
            assert_eq!(community_id(number, a, b).as_deref(), Some(id));
            assert_eq!(community_id(number, b, a).as_deref(), Some(id));
        }
        assert_eq!(community_id(1, web.0, web.1), None);
    }
}
