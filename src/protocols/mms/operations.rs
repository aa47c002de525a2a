//! What MMS services mean, by their number (ISO 9506-2, 7.1 and 7.3).

use super::wire::{Name, name, writes_false};
use crate::facts::{Class, Meaning, Technique};
use crate::wire::text::find;

pub(super) const INITIATE: Meaning = Meaning::new("associate", Class::Session, 0, &[]);
const IDENTIFY: Meaning = Meaning::new("identify", Class::Identify, 1, &[Technique(888)]);
const BROWSE: Meaning = Meaning::new("browse the model", Class::Identify, 1, &[Technique(861)]);
const READ: Meaning = Meaning::new("read variables", Class::Read, 0, &[Technique(801)]);
const WRITE: Meaning = Meaning::new(
    "write variables",
    Class::Write,
    3,
    &[Technique(855), Technique(836)],
);
const OPERATE: Meaning = Meaning::new(
    "operate control object",
    Class::Control,
    4,
    &[Technique(855), Technique(831)],
);
const SETTINGS: Meaning = Meaning::new(
    "change settings",
    Class::Configure,
    4,
    &[Technique(836), Technique(838)],
);
const SILENCE: Meaning = Meaning::new(
    "switch reports off",
    Class::Suppress,
    4,
    &[Technique(804), Technique(878)],
);
const TAKE_CONTROL: Meaning = Meaning::new("take control", Class::Control, 4, &[Technique(855)]);
const DEFINE: Meaning = Meaning::new(
    "define or delete objects",
    Class::Configure,
    3,
    &[Technique(836)],
);
const DOWNLOAD: Meaning =
    Meaning::new("download domain", Class::ProgramWrite, 5, &[Technique(843)]);
const UPLOAD: Meaning = Meaning::new("upload domain", Class::ProgramRead, 5, &[Technique(845)]);
const DELETE_DOMAIN: Meaning = Meaning::new(
    "delete domain",
    Class::Wipe,
    5,
    &[Technique(809), Technique(889)],
);
const PROGRAM: Meaning = Meaning::new(
    "create or delete program",
    Class::ProgramWrite,
    5,
    &[Technique(821), Technique(889)],
);
const START: Meaning = Meaning::new("start program", Class::Mode, 5, &[Technique(858)]);
const STOP: Meaning = Meaning::new(
    "stop program",
    Class::Mode,
    5,
    &[Technique(858), Technique(881)],
);
const RESET: Meaning = Meaning::new(
    "reset program",
    Class::Mode,
    5,
    &[Technique(858), Technique(881)],
);
const KILL: Meaning = Meaning::new(
    "kill program",
    Class::Mode,
    5,
    &[Technique(858), Technique(881)],
);
const READ_FILE: Meaning = Meaning::new("read files", Class::File, 3, &[Technique(845)]);
const CHANGE_FILE: Meaning =
    Meaning::new("rename or delete files", Class::File, 5, &[Technique(809)]);
const OBTAIN_FILE: Meaning = Meaning::new(
    "send file to device",
    Class::File,
    5,
    &[Technique(843), Technique(867)],
);
const JOURNAL: Meaning = Meaning::new("change journal", Class::ClearLog, 4, &[Technique(872)]);
const ALARMS: Meaning = Meaning::new(
    "change alarm monitoring",
    Class::Alarm,
    3,
    &[Technique(878), Technique(838)],
);

/// All of them.
pub(super) static MEANINGS: &[&Meaning] = &[
    &INITIATE,
    &IDENTIFY,
    &BROWSE,
    &READ,
    &WRITE,
    &OPERATE,
    &SETTINGS,
    &SILENCE,
    &TAKE_CONTROL,
    &DEFINE,
    &DOWNLOAD,
    &UPLOAD,
    &DELETE_DOMAIN,
    &PROGRAM,
    &START,
    &STOP,
    &RESET,
    &KILL,
    &READ_FILE,
    &CHANGE_FILE,
    &OBTAIN_FILE,
    &JOURNAL,
    &ALARMS,
];

/// Services by number, from 0.
const SERVICES: [(&str, &Meaning); 78] = [
    ("status", &IDENTIFY),
    ("getNameList", &BROWSE),
    ("identify", &IDENTIFY),
    ("rename", &DEFINE),
    ("read", &READ),
    ("write", &WRITE),
    ("getVariableAccessAttributes", &BROWSE),
    ("defineNamedVariable", &DEFINE),
    ("defineScatteredAccess", &DEFINE),
    ("getScatteredAccessAttributes", &BROWSE),
    ("deleteVariableAccess", &DEFINE),
    ("defineNamedVariableList", &DEFINE),
    ("getNamedVariableListAttributes", &BROWSE),
    ("deleteNamedVariableList", &DEFINE),
    ("defineNamedType", &DEFINE),
    ("getNamedTypeAttributes", &BROWSE),
    ("deleteNamedType", &DEFINE),
    ("input", &READ),
    ("output", &TAKE_CONTROL),
    ("takeControl", &TAKE_CONTROL),
    ("relinquishControl", &TAKE_CONTROL),
    ("defineSemaphore", &DEFINE),
    ("deleteSemaphore", &DEFINE),
    ("reportSemaphoreStatus", &BROWSE),
    ("reportPoolSemaphoreStatus", &BROWSE),
    ("reportSemaphoreEntryStatus", &BROWSE),
    ("initiateDownloadSequence", &DOWNLOAD),
    ("downloadSegment", &DOWNLOAD),
    ("terminateDownloadSequence", &DOWNLOAD),
    ("initiateUploadSequence", &UPLOAD),
    ("uploadSegment", &UPLOAD),
    ("terminateUploadSequence", &UPLOAD),
    ("requestDomainDownload", &DOWNLOAD),
    ("requestDomainUpload", &UPLOAD),
    ("loadDomainContent", &DOWNLOAD),
    ("storeDomainContent", &UPLOAD),
    ("deleteDomain", &DELETE_DOMAIN),
    ("getDomainAttributes", &BROWSE),
    ("createProgramInvocation", &PROGRAM),
    ("deleteProgramInvocation", &PROGRAM),
    ("start", &START),
    ("stop", &STOP),
    ("resume", &START),
    ("reset", &RESET),
    ("kill", &KILL),
    ("getProgramInvocationAttributes", &BROWSE),
    ("obtainFile", &OBTAIN_FILE),
    ("defineEventCondition", &DEFINE),
    ("deleteEventCondition", &DEFINE),
    ("getEventConditionAttributes", &BROWSE),
    ("reportEventConditionStatus", &BROWSE),
    ("alterEventConditionMonitoring", &ALARMS),
    ("triggerEvent", &DEFINE),
    ("defineEventAction", &DEFINE),
    ("deleteEventAction", &DEFINE),
    ("getEventActionAttributes", &BROWSE),
    ("reportEventActionStatus", &BROWSE),
    ("defineEventEnrollment", &DEFINE),
    ("deleteEventEnrollment", &DEFINE),
    ("alterEventEnrollment", &ALARMS),
    ("reportEventEnrollmentStatus", &BROWSE),
    ("getEventEnrollmentAttributes", &BROWSE),
    ("acknowledgeEventNotification", &ALARMS),
    ("getAlarmSummary", &READ),
    ("getAlarmEnrollmentSummary", &READ),
    ("readJournal", &READ),
    ("writeJournal", &JOURNAL),
    ("initializeJournal", &JOURNAL),
    ("reportJournalStatus", &BROWSE),
    ("createJournal", &DEFINE),
    ("deleteJournal", &JOURNAL),
    ("getCapabilityList", &BROWSE),
    ("fileOpen", &READ_FILE),
    ("fileRead", &READ_FILE),
    ("fileClose", &READ_FILE),
    ("fileRename", &CHANGE_FILE),
    ("fileDelete", &CHANGE_FILE),
    ("fileDirectory", &READ_FILE),
];

pub(super) const IDENTIFIES: u32 = 2;
pub(super) const READS: u32 = 4;
pub(super) const WRITES: u32 = 5;

fn row(service: u32) -> Option<&'static (&'static str, &'static Meaning)> {
    SERVICES.get(usize::try_from(service).ok()?)
}

/// Name of a service.
pub(super) fn service(service: u32) -> Option<&'static str> {
    row(service).map(|(name, _)| *name)
}

/// What a request means. Of a write the functional constraint in the name of the variable
/// decides (IEC 61850-8-1, 7.2): control, settings, or the enabling of reports.
pub(super) fn request(service: u32, content: &[u8]) -> Option<&'static Meaning> {
    let (_, meaning) = row(service)?;
    if service != WRITES {
        return Some(meaning);
    }
    let Name { item, .. } = name(content);
    let says = |part: &[u8]| find(item, part).is_some();
    let enables = item.ends_with(b"$RptEna") || item.ends_with(b"$GoEna");
    Some(if says(b"$CO$") {
        &OPERATE
    } else if says(b"$SP$") || says(b"$SE$") || says(b"$SG$") {
        &SETTINGS
    } else if enables && writes_false(content) {
        &SILENCE
    } else {
        meaning
    })
}

/// What the names in requests of a service are names of.
pub(super) const fn space(service: u32) -> &'static str {
    match service {
        READS | WRITES => "variable",
        26..=37 => "domain",
        38..=45 => "program",
        46 | 72..=77 => "file",
        _ => "object",
    }
}

/// Whether the result of each variable stands in the response.
pub(super) const fn has_results(service: u32) -> bool {
    service == WRITES
}

/// Name of an error of data access (ISO 9506-2, 14.3.6).
pub(super) const fn access_error(code: u8) -> &'static str {
    match code {
        0 => "object-invalidated",
        1 => "hardware-fault",
        2 => "temporarily-unavailable",
        3 => "object-access-denied",
        4 => "object-undefined",
        5 => "invalid-address",
        6 => "type-unsupported",
        7 => "type-inconsistent",
        8 => "object-attribute-inconsistent",
        9 => "object-access-unsupported",
        10 => "object-non-existent",
        11 => "object-value-invalid",
        _ => "data access error",
    }
}

/// Name of the class of a service error (ISO 9506-2, 7.2).
pub(super) const fn error_class(class: u8) -> &'static str {
    match class {
        0 => "vmd-state",
        1 => "application-reference",
        2 => "definition",
        3 => "resource",
        4 => "service",
        5 => "service-preempt",
        6 => "time-resolution",
        7 => "access",
        8 => "initiate",
        9 => "conclude",
        10 => "cancel",
        11 => "file",
        _ => "other",
    }
}
