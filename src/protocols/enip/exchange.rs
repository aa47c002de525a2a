//! One request and its reply together: operations, connections, properties.
//!
//! Called by the session once a pair is complete, or once it is known that it will not be.
//! Keeps nothing but the table of connections and the mode last told; allocates nothing.

use super::cip::{self, Inner, Message, Reply, Request, class, service};
use super::connection::{self, Connection, Connections, ForwardOpen};
use super::identity::Identity;
use super::path::Address;
use super::tag::VALUES;
use super::{items, names, operations, pccc};
use crate::facts::{
    Attribute, Item, Meaning, Operation, Outcome, Property, Scalar, Side, Stamp, Subject, Target,
    Values,
};
use crate::protocols::Sink;
use arrayvec::ArrayVec;

/// Who asked, when, and what is to be said if there is no reply.
#[derive(Clone, Copy, Debug)]
pub(super) struct Exchange {
    /// The end that asked.
    pub(super) actor: Side,
    /// Packet of the request.
    pub(super) requested: Option<Stamp>,
    /// Packet of the reply.
    pub(super) answered: Option<Stamp>,
    /// Slot behind the device's address.
    pub(super) unit: Option<u32>,
    /// The outcome where there is no reply to this very service.
    pub(super) otherwise: Outcome,
}

/// What a conversation remembers from one exchange to the next.
#[derive(Debug, Default)]
pub(super) struct Memory {
    /// Connections opened on it.
    pub(super) connections: Connections,
    /// Mode last told, and of which slot.
    mode: Option<(Option<u32>, &'static str)>,
}

impl Memory {
    /// Tells of a request and what was answered to it, unpacking both.
    pub(super) fn tell(
        &mut self,
        exchange: &Exchange,
        request: &[u8],
        reply: Option<&Reply<'_>>,
        out: &mut dyn Sink,
    ) {
        self.unpack(exchange, request, reply, 0, out);
    }

    fn unpack(
        &mut self,
        exchange: &Exchange,
        request: &[u8],
        reply: Option<&Reply<'_>>,
        depth: u8,
        out: &mut dyn Sink,
    ) {
        let Some(message @ Message::Request(asked)) = Message::read(request) else {
            return;
        };
        let inner = match depth + 1 < cip::DEPTH {
            true => message.inner(),
            false => Inner::None,
        };
        match (inner, reply) {
            (Inner::Sent(send), reply) => {
                let mut exchange = *exchange;
                exchange.unit = send.route.slot().or(exchange.unit);
                // An error of the router itself bears its own service, any other answer that
                // of the message inside (CIP volume 1, 3-5.5.4).
                let own = reply.filter(|reply| reply.service == service::UNCONNECTED_SEND);
                let refused = own.map(|reply| refusal(reply, class::CONNECTION_MANAGER));
                match (refused, Message::read(send.message)) {
                    (Some(refused), Some(Message::Request(inside)))
                        if inside.service != service::UNCONNECTED_SEND =>
                    {
                        exchange.otherwise = refused;
                        self.unpack(&exchange, send.message, None, depth + 1, out);
                    }
                    _ => self.unpack(&exchange, send.message, reply, depth + 1, out),
                }
            }
            (Inner::Parts(parts), None) => {
                for part in parts {
                    self.unpack(exchange, part, None, depth + 1, out);
                }
            }
            (Inner::Parts(parts), Some(reply)) => {
                let mut exchange = *exchange;
                let mut answers = match Message::Reply(*reply).inner() {
                    Inner::Parts(answers) => Some(answers),
                    _ => {
                        exchange.otherwise = outcome(reply, class::MESSAGE_ROUTER);
                        None
                    }
                };
                for part in parts {
                    let answer = answers.as_mut().and_then(Iterator::next);
                    let answer = match answer.and_then(Message::read) {
                        Some(Message::Reply(answer)) => Some(answer),
                        _ => None,
                    };
                    self.unpack(&exchange, part, answer.as_ref(), depth + 1, out);
                }
            }
            _ => self.one(exchange, &asked, reply, out),
        }
    }

    /// Tells of a reply whose request was not seen.
    pub(super) fn tell_reply(
        &mut self,
        exchange: &Exchange,
        reply: &Reply<'_>,
        out: &mut dyn Sink,
    ) {
        if let Inner::Parts(parts) = Message::Reply(*reply).inner() {
            for part in parts {
                if let Some(Message::Reply(part)) = Message::read(part) {
                    self.tell_orphan(exchange, &part, out);
                }
            }
        } else {
            self.tell_orphan(exchange, reply, out);
        }
    }

    fn tell_orphan(&self, exchange: &Exchange, reply: &Reply<'_>, out: &mut dyn Sink) {
        let meaning = operations::of_service(reply.service, &Address::default(), &[]);
        let operation = operation(
            exchange,
            meaning,
            u32::from(reply.service),
            outcome(reply, 0),
        );
        out.operation(&operation);
    }

    /// One service and its own reply.
    fn one(
        &mut self,
        exchange: &Exchange,
        request: &Request<'_>,
        reply: Option<&Reply<'_>>,
        out: &mut dyn Sink,
    ) {
        let address = request.path.address();
        let on = address.last_class().unwrap_or(0);
        let reply = reply.filter(|reply| reply.service == request.service);
        let outcome = reply.map_or(exchange.otherwise, |reply| outcome(reply, on));
        if request.service == service::EXECUTE_PCCC
            && on == class::PCCC
            && let Some(packet) = pccc::Packet::read(request.data)
        {
            let answer = reply.and_then(|reply| pccc::Packet::read(reply.data));
            return execute(exchange, &packet, answer.as_ref(), outcome, out);
        }
        let meaning = match ForwardOpen::of(request) {
            Some(open) if open.takes_over() => &operations::CONNECTION_OWN,
            _ => operations::of_service(request.service, &address, request.data),
        };
        let code = on.min(0xffff) << 8 | u32::from(request.service);
        let done = reply.filter(|_| outcome == Outcome::Done);
        let values = match address.tag() {
            true => items::tag_values(request, done),
            false => ArrayVec::new(),
        };
        let leads = connection::leads(request);
        let mut exchange = *exchange;
        exchange.unit = leads.and_then(|path| path.slot()).or(exchange.unit);
        let operation = operation(&exchange, meaning, code, outcome);
        if let Some(path) = leads.or(address.symbolic.then_some(request.path)) {
            let name = path.name();
            let item = match leads {
                Some(path) => items::connection_item(&path.address(), &name),
                None => items::tag_item(request, &address, &name, &values),
            };
            out.operation(&Operation {
                items: &[item],
                ..operation
            });
        } else {
            items::tell_object(request, &address, done, &values, &operation, out);
        }
        if let Some(reply) = done {
            self.learn(&exchange, request, &address, reply, out);
        }
    }

    /// Takes from a successful service what later packets need, and what the inventory wants.
    fn learn(
        &mut self,
        exchange: &Exchange,
        request: &Request<'_>,
        address: &Address,
        reply: &Reply<'_>,
        out: &mut dyn Sink,
    ) {
        match (address.last_class(), request.service) {
            (Some(class::CONNECTION_MANAGER), code) if connection::opens(code) => {
                let open = ForwardOpen::of(request);
                if let (Some(open), Some((ids, triad))) = (open, connection::opened(reply.data)) {
                    self.connections.add(Connection {
                        requests: ids.0,
                        replies: ids.1,
                        triad,
                        explicit: open.explicit(),
                        unit: exchange.unit,
                    });
                }
            }
            (Some(class::CONNECTION_MANAGER), service::FORWARD_CLOSE) => {
                if let Some((triad, _)) = connection::close(request.data) {
                    self.connections.remove(triad);
                }
            }
            // Instance 0 is the class: its attributes are not those of the device.
            (Some(class::IDENTITY), _) if address.instance == Some(1) => {
                if let Some(identity) = identity_read(request.service, address, reply.data) {
                    let device = exchange.actor.other();
                    identity.tell(device, exchange.unit, out);
                    self.tell_mode(&identity, device, exchange.unit, out);
                }
            }
            _ => {}
        }
    }

    /// Tells the operating mode when it is not the one last told: it is polled several times a
    /// second.
    pub(super) fn tell_mode(
        &mut self,
        identity: &Identity<'_>,
        side: Side,
        unit: Option<u32>,
        out: &mut dyn Sink,
    ) {
        let Some(mode) = identity.mode() else {
            return;
        };
        if self.mode.replace((unit, mode)) != Some((unit, mode)) {
            out.attribute(&Attribute {
                subject: Subject::Side(side),
                unit,
                property: Property::Mode,
                value: mode.as_bytes(),
            });
        }
    }
}

/// What a reply to a read of the Identity object tells.
fn identity_read<'a>(code: u8, address: &Address, data: &'a [u8]) -> Option<Identity<'a>> {
    match code {
        service::GET_ATTRIBUTES_ALL => Identity::all(data),
        service::GET_ATTRIBUTE_LIST => Some(Identity::list(data)),
        service::GET_ATTRIBUTE_SINGLE => Identity::single(address.attribute?, data),
        _ => None,
    }
}

/// An operation without items.
#[must_use]
pub(super) fn operation<'a>(
    exchange: &Exchange,
    meaning: &'static Meaning,
    code: u32,
    outcome: Outcome,
) -> Operation<'a> {
    Operation {
        meaning,
        code,
        actor: exchange.actor,
        unit: exchange.unit,
        items: &[],
        outcome,
        requested: exchange.requested,
        answered: exchange.answered,
    }
}

/// How a reply of an object of class `on` ended the service. A partial transfer (0x06) is a
/// success with more to come.
fn outcome(reply: &Reply<'_>, on: u32) -> Outcome {
    match reply.status {
        0x00 | 0x06 => Outcome::Done,
        _ => refusal(reply, on),
    }
}

/// The refusal in a reply: extended status of the Connection Manager in the upper 16 bits.
fn refusal(reply: &Reply<'_>, on: u32) -> Outcome {
    let general = names::general_status(reply.status);
    let extended = reply
        .extended()
        .filter(|_| reply.status == 1 && on == class::CONNECTION_MANAGER);
    Outcome::Refused {
        code: u32::from(extended.unwrap_or(0)) << 16 | u32::from(reply.status),
        name: extended
            .and_then(names::connection_status)
            .unwrap_or(general),
    }
}

fn execute(
    exchange: &Exchange,
    packet: &pccc::Packet<'_>,
    answer: Option<&pccc::Packet<'_>>,
    outcome: Outcome,
    out: &mut dyn Sink,
) {
    let meaning = operations::of_pccc(packet);
    let outcome = match answer {
        Some(answer) if answer.reply && answer.status != 0 => Outcome::Refused {
            code: u32::from(answer.extended.unwrap_or(0)) << 8 | u32::from(answer.status),
            name: answer.status_name(),
        },
        _ => outcome,
    };
    let function = u32::from(packet.function.unwrap_or(0));
    let code = 1 << 24 | u32::from(packet.command) << 8 | function;
    let done = answer.filter(|_| outcome == Outcome::Done);
    let file = packet.file();
    let name = file.map(|file| file.name()).unwrap_or_default();
    let mut values = ArrayVec::<Scalar, VALUES>::new();
    let item = file.map(|file| {
        let write = matches!(packet.function, Some(0xa9..=0xab));
        let data = match write {
            true => file.data,
            false => done.map_or(&[][..], |answer| answer.data),
        };
        file.values(data, &mut values);
        Item {
            target: Target {
                space: "file",
                area: Some(u32::from(file.number)),
                range: Some(file.range()),
                name: &name,
            },
            values: match values.is_empty() {
                true if data.is_empty() => Values::None,
                true => Values::Octets(data),
                false => Values::Scalars(&values),
            },
            before: Values::None,
        }
    });
    out.operation(&Operation {
        items: item.as_slice(),
        ..operation(exchange, meaning, code, outcome)
    });
    let diagnostic = (packet.command, packet.function) == (0x06, Some(0x03));
    if let Some(model) = done
        .filter(|_| diagnostic)
        .and_then(|a| pccc::bulletin(a.data))
    {
        for (property, value) in [
            (Property::Vendor, &b"Rockwell Automation/Allen-Bradley"[..]),
            (Property::Model, model),
            (Property::Role, b"plc"),
        ] {
            out.attribute(&Attribute {
                subject: Subject::Side(exchange.actor.other()),
                unit: exchange.unit,
                property,
                value,
            });
        }
    }
}
