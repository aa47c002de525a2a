//! What the role of a device rests on, in Indonesian. English is how [`Reason`] shows itself.

use super::Say;
use crate::desk::detect::Language;
use crate::desk::inventory::Reason;
use std::time::Duration;

impl Say {
    /// What a role rests on, in the report's language.
    pub(in crate::desk::audit) fn reason(&self, reason: &Reason) -> String {
        match self.language {
            Language::English => reason.to_string(),
            Language::Indonesian => self.alasan(reason),
        }
    }

    fn alasan(&self, reason: &Reason) -> String {
        const BY_PORT: &str = "hanya dari portnya; isinya tidak diuraikan";
        let pace = |every: &Option<Duration>| match every {
            Some(every) if every.as_secs() == 0 => format!("setiap {} ms", every.as_millis()),
            Some(every) => format!("setiap {}", self.duration(*every)),
            None => "ketika dilaporkan".to_owned(),
        };
        let operation = |name: &str| self.operation(name);
        match reason {
            Reason::Forwards(1) => "paket satu host lain datang dari MAC-nya".to_owned(),
            Reason::Forwards(hosts) => format!("paket {hosts} host lain datang dari MAC-nya"),
            Reason::VirtualRouter(protocol) => {
                format!("MAC-nya milik router virtual ({protocol})")
            }
            Reason::Answers { protocol, clients } => {
                format!("menjawab permintaan {protocol} dari {clients} klien")
            }
            Reason::ImplicitIo(controllers) => format!(
                "bertukar I/O implisit dengan {controllers} pengendali yang membuka sambungan, dan \
                 tidak diminta apa pun selain itu: penggerak atau I/O jarak jauh"
            ),
            Reason::OpensIo(devices) => format!(
                "membuka sambungan ke {devices} perangkat dan bertukar I/O implisit, seperti \
                 pengendali"
            ),
            Reason::Engineers {
                operation: name,
                protocol,
                class,
            } => format!(
                "{} lewat {protocol}: {}",
                operation(name),
                self.of_kind("class", class.name())
            ),
            Reason::AlsoClient {
                devices,
                operation: name,
            } => format!("juga klien dari {devices} perangkat: {}", operation(name)),
            Reason::OnlyReads { every, devices } => format!(
                "hanya membaca, {} dari {devices} perangkat yang lebih sering dibaca pihak lain, \
                 dan tidak mengubah apa pun",
                pace(every)
            ),
            Reason::Polls {
                every,
                devices,
                change,
            } => {
                let gets = format!("mendapat nilai {} dari {devices} perangkat", pace(every));
                match change {
                    Some(change) => format!("{gets}, dan melakukan: {}", operation(change)),
                    None => gets,
                }
            }
            Reason::Changes {
                operation: name,
                protocol,
                devices,
            } => format!(
                "melakukan {} pada {devices} perangkat lewat {protocol} tanpa membaca secara \
                 teratur; apa perannya, dan apakah ia boleh, tidak terlihat",
                operation(name)
            ),
            Reason::Asked {
                devices,
                operation: name,
            } => format!("bertanya kepada {devices} perangkat: {}", operation(name)),
            Reason::Probed { port, hosts } => {
                format!("mencoba port TCP {port} pada {hosts} host yang tidak membukanya")
            }
            Reason::OrderNumber(number) => format!("dari nomor pesanannya {number}"),
            Reason::AnswersOnPort { port, service } => {
                format!("menjawab pada port {port} ({service}): {BY_PORT}")
            }
            Reason::SharesPort {
                port,
                service,
                maker,
            } => format!(
                "bertukar data pada port {port} ({service}), dan {maker} tidak membuat komputer: \
                 {BY_PORT}"
            ),
            Reason::ClientOnPort {
                busiest,
                devices,
                port,
                service,
            } => {
                let client = if *busiest { "klien tersibuk" } else { "klien" };
                format!("{client} dari {devices} perangkat pada port {port} ({service}): {BY_PORT}")
            }
            Reason::Name(name) => format!("hanya namanya yang mengisyaratkan: {name}"),
            Reason::JumpHost(protocol) => format!(
                "menerima orang lewat {protocol} dan meneruskan ke host lain dengan cara yang \
                 sama: host perantara"
            ),
            Reason::Serves {
                protocols,
                clients,
                by_port,
            } => {
                let said = format!("melayani {} untuk {clients} host", protocols.join(", "));
                match by_port {
                    true => format!("{said}: {BY_PORT}"),
                    false => said,
                }
            }
            Reason::ServesOnly(protocol) => format!("hanya melayani {protocol}"),
            Reason::OnlyClient(protocols) => {
                format!("hanya klien, untuk {}", protocols.join(", "))
            }
            Reason::Says { protocol, role } => {
                format!("disebut demikian dalam {protocol}: {role}")
            }
            Reason::Both(both) => {
                let both = both.each_ref().map(|one| self.alasan(one));
                both.join("; ")
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::facts::Class;

    #[test]
    fn reasons_are_told_in_the_language_of_the_report() {
        let second = Some(Duration::from_millis(1_500));
        let both = [
            Reason::Answers {
                protocol: "modbus",
                clients: 1,
            },
            Reason::Says {
                protocol: "profinet",
                role: "drive",
            },
        ];
        let polls = |every, change| Reason::Polls {
            every,
            devices: 2,
            change,
        };
        for (reason, english, own) in [
            (
                Reason::Both(Box::new(both)),
                "answers modbus requests of 1 client; profinet says so: drive",
                "menjawab permintaan modbus dari 1 klien; disebut demikian dalam profinet: drive",
            ),
            (
                polls(second, Some("write single coil")),
                "gets values every 1.5 s of 2 devices and does write single coil",
                "mendapat nilai setiap 1,5 detik dari 2 perangkat, dan melakukan: tulis satu coil \
                 (write single coil)",
            ),
            (
                polls(Some(Duration::from_millis(20)), None),
                "gets values every 20 ms of 2 devices",
                "mendapat nilai setiap 20 ms dari 2 perangkat",
            ),
            (
                polls(None, None),
                "gets values as they are reported of 2 devices",
                "mendapat nilai ketika dilaporkan dari 2 perangkat",
            ),
            (
                Reason::Engineers {
                    operation: "download block",
                    protocol: "s7comm",
                    class: Class::ProgramWrite,
                },
                "download block over s7comm (program-write)",
                "unduh blok ke perangkat (download block) lewat s7comm: ubah program",
            ),
        ] {
            assert_eq!(Say::of(Language::English).reason(&reason), english);
            assert_eq!(Say::of(Language::Indonesian).reason(&reason), own);
        }
    }
}
