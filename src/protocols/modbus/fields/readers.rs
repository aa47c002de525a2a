//! How each field is read from a message; the table in `fields` names and explains them.

use crate::facts::{Values, Visitor};
use crate::protocols::modbus::Framing;
use crate::protocols::modbus::message::Adu;
use crate::protocols::modbus::umas::{self, Umas};
use crate::protocols::modbus::wire::codes::{Exception, diagnostic_name, object_name};
use crate::protocols::modbus::wire::identification::{Identification, ServerId};
use crate::protocols::modbus::wire::{Body, Direction};

type Out<'v> = &'v mut dyn Visitor;

fn octets(value: Option<&[u8]>, out: Out<'_>) {
    if let Some(value) = value {
        out.octets(value);
    }
}

fn text(value: Option<&[u8]>, out: Out<'_>) {
    if let Some(value) = value {
        out.text(value);
    }
}

pub(super) fn framing(adu: &Adu<'_>, out: Out<'_>) {
    out.text(match adu.framing {
        Framing::Tcp => b"tcp",
        Framing::Rtu => b"rtu",
    });
}

pub(super) fn is_request(adu: &Adu<'_>, out: Out<'_>) {
    out.boolean(adu.direction == Direction::Request);
}

pub(super) fn transaction(adu: &Adu<'_>, out: Out<'_>) {
    out.any_unsigned(adu.transaction);
}

pub(super) fn protocol_id(adu: &Adu<'_>, out: Out<'_>) {
    // Another protocol identifier makes no message.
    out.any_unsigned(adu.transaction.map(|_| 0u16));
}

pub(super) fn length(adu: &Adu<'_>, out: Out<'_>) {
    out.any_unsigned(adu.length);
}

pub(super) fn unit(adu: &Adu<'_>, out: Out<'_>) {
    out.any_unsigned(Some(adu.unit));
}

pub(super) fn function(adu: &Adu<'_>, out: Out<'_>) {
    out.any_unsigned(Some(adu.pdu.function().0));
}

pub(super) fn function_name(adu: &Adu<'_>, out: Out<'_>) {
    out.text(adu.pdu.function().name().as_bytes());
}

fn reason(adu: &Adu<'_>) -> Option<Exception> {
    match adu.parts.body {
        Body::Exception(exception) => Some(exception),
        _ => None,
    }
}

pub(super) fn exception(adu: &Adu<'_>, out: Out<'_>) {
    out.any_unsigned(reason(adu).map(|exception| exception.0));
}

pub(super) fn exception_name(adu: &Adu<'_>, out: Out<'_>) {
    text(
        reason(adu).map(|exception| exception.name().as_bytes()),
        out,
    );
}

pub(super) fn address(adu: &Adu<'_>, out: Out<'_>) {
    out.any_unsigned(adu.part(|parts| parts.address));
}

pub(super) fn quantity(adu: &Adu<'_>, out: Out<'_>) {
    out.any_unsigned(adu.part(|parts| parts.quantity));
}

pub(super) fn write_address(adu: &Adu<'_>, out: Out<'_>) {
    out.any_unsigned(adu.part(|parts| parts.write_address));
}

pub(super) fn write_quantity(adu: &Adu<'_>, out: Out<'_>) {
    out.any_unsigned(adu.part(|parts| parts.write_quantity));
}

pub(super) fn value(adu: &Adu<'_>, out: Out<'_>) {
    out.any_unsigned(adu.parts.value);
}

pub(super) fn values(adu: &Adu<'_>, out: Out<'_>) {
    // A single write has `value`.
    if adu.parts.value.is_some() {
        return;
    }
    match adu.parts.values {
        Values::Bits { octets, count } => {
            out.open_list();
            let bits = octets
                .iter()
                .flat_map(|octet| (0..8).map(move |bit| octet >> bit & 1));
            bits.take(usize::from(count))
                .for_each(|bit| out.unsigned(u64::from(bit)));
            out.close_list();
        }
        Values::Words(octets) => words(octets, out),
        _ => {}
    }
}

fn words(octets: &[u8], out: Out<'_>) {
    out.open_list();
    let (words, _) = octets.as_chunks::<2>();
    for word in words {
        out.unsigned(u64::from(u16::from_be_bytes(*word)));
    }
    out.close_list();
}

pub(super) fn and_mask(adu: &Adu<'_>, out: Out<'_>) {
    out.any_unsigned(adu.parts.masks.map(|(and, _)| and));
}

pub(super) fn or_mask(adu: &Adu<'_>, out: Out<'_>) {
    out.any_unsigned(adu.parts.masks.map(|(_, or)| or));
}

pub(super) fn subfunction(adu: &Adu<'_>, out: Out<'_>) {
    out.any_unsigned(adu.part(|parts| parts.subfunction));
}

pub(super) fn subfunction_name(adu: &Adu<'_>, out: Out<'_>) {
    let code = adu.part(|parts| parts.subfunction);
    text(code.map(|code| diagnostic_name(code).as_bytes()), out);
}

pub(super) fn diagnostic_data(adu: &Adu<'_>, out: Out<'_>) {
    if let Body::Diagnostic(data) = adu.parts.body {
        out.octets(data);
    }
}

pub(super) fn status(adu: &Adu<'_>, out: Out<'_>) {
    out.any_unsigned(adu.parts.status);
}

pub(super) fn event_count(adu: &Adu<'_>, out: Out<'_>) {
    out.any_unsigned(adu.parts.event_count);
}

pub(super) fn message_count(adu: &Adu<'_>, out: Out<'_>) {
    out.any_unsigned(adu.parts.message_count);
}

pub(super) fn events(adu: &Adu<'_>, out: Out<'_>) {
    if let Body::Events(events) = adu.parts.body {
        out.octets(events);
    }
}

pub(super) fn records(adu: &Adu<'_>, out: Out<'_>) {
    let Body::Records(records) = adu.parts.body else {
        return;
    };
    out.open_list();
    for record in records.iter() {
        out.open_record();
        out.key("reference_type");
        out.unsigned(u64::from(record.reference_type));
        if let (Some(file), Some(number)) = (record.file, record.record) {
            out.key("file");
            out.unsigned(u64::from(file));
            out.key("record");
            out.unsigned(u64::from(number));
        }
        out.key("length");
        out.unsigned(u64::from(record.length));
        if !record.data.is_empty() {
            out.key("values");
            words(record.data, out);
        }
        out.close_record();
    }
    out.close_list();
}

fn identity<'a>(adu: &Adu<'a>) -> Option<ServerId<'a>> {
    match adu.parts.body {
        Body::ServerId(id) => Some(id),
        _ => None,
    }
}

pub(super) fn server_id(adu: &Adu<'_>, out: Out<'_>) {
    octets(identity(adu).map(|id| id.octets), out);
}

pub(super) fn running(adu: &Adu<'_>, out: Out<'_>) {
    out.any_boolean(identity(adu).and_then(ServerId::running));
}

pub(super) fn mei(adu: &Adu<'_>, out: Out<'_>) {
    out.any_unsigned(adu.part(|parts| parts.mei));
}

fn identification<'a>(adu: &Adu<'a>) -> Option<Identification<'a>> {
    match adu.parts.body {
        Body::Identification(identification) => Some(identification),
        _ => None,
    }
}

pub(super) fn device_id_code(adu: &Adu<'_>, out: Out<'_>) {
    let code = adu.part(|parts| match parts.body {
        Body::Identify(code, _) => Some(code),
        Body::Identification(identification) => Some(identification.code),
        _ => None,
    });
    out.any_unsigned(code);
}

pub(super) fn object(adu: &Adu<'_>, out: Out<'_>) {
    let object = adu.part(|parts| match parts.body {
        Body::Identify(_, object) => Some(object),
        _ => None,
    });
    out.any_unsigned(object);
}

pub(super) fn conformity(adu: &Adu<'_>, out: Out<'_>) {
    out.any_unsigned(identification(adu).map(|answer| answer.conformity));
}

pub(super) fn more_follows(adu: &Adu<'_>, out: Out<'_>) {
    out.any_boolean(identification(adu).map(|answer| answer.more_follows));
}

pub(super) fn next_object(adu: &Adu<'_>, out: Out<'_>) {
    out.any_unsigned(identification(adu).map(|answer| answer.next_object));
}

pub(super) fn objects(adu: &Adu<'_>, out: Out<'_>) {
    let Some(answer) = identification(adu) else {
        return;
    };
    out.open_list();
    for object in answer.objects() {
        out.open_record();
        out.key("id");
        out.unsigned(u64::from(object.id));
        out.key("name");
        out.text(object_name(object.id).as_bytes());
        out.key("value");
        out.text(object.value);
        out.close_record();
    }
    out.close_list();
}

pub(super) fn crc(adu: &Adu<'_>, out: Out<'_>) {
    out.any_unsigned(adu.crc);
}

pub(super) fn data(adu: &Adu<'_>, out: Out<'_>) {
    if !adu.pdu.data.is_empty() {
        out.octets(adu.pdu.data);
    }
}

pub(super) fn request_frame(adu: &Adu<'_>, out: Out<'_>) {
    out.any_unsigned(adu.asked.as_ref().map(|asked| asked.frame));
}

pub(super) fn response_time(adu: &Adu<'_>, out: Out<'_>) {
    if let Some(asked) = &adu.asked {
        out.float(asked.elapsed.as_secs_f64());
    }
}

fn engineering<'a>(adu: &Adu<'a>) -> Option<Umas<'a>> {
    match adu.parts.body {
        Body::Umas(umas) => Some(umas),
        _ => None,
    }
}

fn engineering_request<'a>(adu: &Adu<'a>) -> Option<Umas<'a>> {
    match adu.request()?.body {
        Body::Umas(umas) => Some(umas),
        _ => None,
    }
}

fn engineering_answer<'a>(adu: &Adu<'a>) -> Option<Umas<'a>> {
    engineering(adu).filter(|_| adu.direction == Direction::Response)
}

pub(super) fn umas_session(adu: &Adu<'_>, out: Out<'_>) {
    out.any_unsigned(engineering(adu).map(|umas| umas.session));
}

pub(super) fn umas_function(adu: &Adu<'_>, out: Out<'_>) {
    out.any_unsigned(engineering_request(adu).map(|umas| umas.code.0));
}

pub(super) fn umas_name(adu: &Adu<'_>, out: Out<'_>) {
    let name = engineering_request(adu).map(|umas| umas.code.name());
    text(name.map(str::as_bytes), out);
}

pub(super) fn umas_status(adu: &Adu<'_>, out: Out<'_>) {
    out.any_unsigned(engineering_answer(adu).map(|umas| umas.code.0));
}

pub(super) fn umas_owner(adu: &Adu<'_>, out: Out<'_>) {
    text(engineering_request(adu).and_then(Umas::owner), out);
}

fn place(adu: &Adu<'_>) -> Option<umas::Place> {
    engineering_request(adu).and_then(Umas::place)
}

pub(super) fn umas_block(adu: &Adu<'_>, out: Out<'_>) {
    out.any_unsigned(place(adu).map(|place| place.block));
}

pub(super) fn umas_offset(adu: &Adu<'_>, out: Out<'_>) {
    out.any_unsigned(place(adu).and_then(|place| Some(place.memory?.0)));
}

pub(super) fn umas_count(adu: &Adu<'_>, out: Out<'_>) {
    out.any_unsigned(place(adu).and_then(|place| Some(place.memory?.1)));
}

fn controller<'a>(adu: &Adu<'a>) -> Option<umas::Identity<'a>> {
    engineering_answer(adu)?.identity(engineering_request(adu)?)
}

pub(super) fn umas_model(adu: &Adu<'_>, out: Out<'_>) {
    text(controller(adu).map(|identity| identity.model), out);
}

pub(super) fn umas_firmware(adu: &Adu<'_>, out: Out<'_>) {
    let mut buffer = [0; 5];
    let identity = controller(adu);
    text(identity.and_then(|i| i.firmware(&mut buffer)), out);
}

pub(super) fn umas_project(adu: &Adu<'_>, out: Out<'_>) {
    let answer = engineering_answer(adu);
    let name = answer.and_then(|umas| umas.project(engineering_request(adu)?));
    text(name, out);
}
