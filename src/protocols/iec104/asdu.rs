//! Octets to ASDUs: identifier and information objects (IEC 60870-5-101, 7).

use crate::facts::Scalar;
use crate::wire::Octets;

/// A type identification (IEC 60870-5-101, 7.2.1).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Type(pub(super) u8);

impl Type {
    /// Its short name and the octets of one information element; 0 where they vary.
    pub(super) const fn known(self) -> Option<(&'static str, usize)> {
        Some(match self.0 {
            1 => ("M_SP_NA_1", 1),
            2 => ("M_SP_TA_1", 4),
            3 => ("M_DP_NA_1", 1),
            4 => ("M_DP_TA_1", 4),
            5 => ("M_ST_NA_1", 2),
            6 => ("M_ST_TA_1", 5),
            7 => ("M_BO_NA_1", 5),
            8 => ("M_BO_TA_1", 8),
            9 => ("M_ME_NA_1", 3),
            10 => ("M_ME_TA_1", 6),
            11 => ("M_ME_NB_1", 3),
            12 => ("M_ME_TB_1", 6),
            13 => ("M_ME_NC_1", 5),
            14 => ("M_ME_TC_1", 8),
            15 => ("M_IT_NA_1", 5),
            16 => ("M_IT_TA_1", 8),
            20 => ("M_PS_NA_1", 5),
            21 => ("M_ME_ND_1", 2),
            30 => ("M_SP_TB_1", 8),
            31 => ("M_DP_TB_1", 8),
            32 => ("M_ST_TB_1", 9),
            33 => ("M_BO_TB_1", 12),
            34 => ("M_ME_TD_1", 10),
            35 => ("M_ME_TE_1", 10),
            36 => ("M_ME_TF_1", 12),
            37 => ("M_IT_TB_1", 12),
            38 => ("M_EP_TD_1", 10),
            39 => ("M_EP_TE_1", 11),
            40 => ("M_EP_TF_1", 11),
            45 => ("C_SC_NA_1", 1),
            46 => ("C_DC_NA_1", 1),
            47 => ("C_RC_NA_1", 1),
            48 => ("C_SE_NA_1", 3),
            49 => ("C_SE_NB_1", 3),
            50 => ("C_SE_NC_1", 5),
            51 => ("C_BO_NA_1", 4),
            58 => ("C_SC_TA_1", 8),
            59 => ("C_DC_TA_1", 8),
            60 => ("C_RC_TA_1", 8),
            61 => ("C_SE_TA_1", 10),
            62 => ("C_SE_TB_1", 10),
            63 => ("C_SE_TC_1", 12),
            64 => ("C_BO_TA_1", 11),
            70 => ("M_EI_NA_1", 1),
            100 => ("C_IC_NA_1", 1),
            101 => ("C_CI_NA_1", 1),
            102 => ("C_RD_NA_1", 0),
            103 => ("C_CS_NA_1", 7),
            104 => ("C_TS_NA_1", 2),
            105 => ("C_RP_NA_1", 1),
            106 => ("C_CD_NA_1", 2),
            107 => ("C_TS_TA_1", 9),
            110 => ("P_ME_NA_1", 3),
            111 => ("P_ME_NB_1", 3),
            112 => ("P_ME_NC_1", 5),
            113 => ("P_AC_NA_1", 1),
            120 => ("F_FR_NA_1", 0),
            121 => ("F_SR_NA_1", 0),
            122 => ("F_SC_NA_1", 0),
            123 => ("F_LS_NA_1", 0),
            124 => ("F_AF_NA_1", 0),
            125 => ("F_SG_NA_1", 0),
            126 => ("F_DR_TA_1", 0),
            127 => ("F_SC_NB_1", 0),
            _ => return None,
        })
    }

    /// Whether this type with this qualifier has so many octets of information objects.
    pub(super) fn fits(self, qualifier: u8, length: usize) -> bool {
        let count = usize::from(qualifier & 0x7f);
        match self.known() {
            Some((_, 0)) => length >= 3,
            Some((_, size)) if qualifier & 0x80 != 0 => length == 3 + count * size,
            Some((_, size)) => count > 0 && length == count * (3 + size),
            None => false,
        }
    }

    /// Process data and events that a controlled station sends.
    pub(super) const fn is_monitoring(self) -> bool {
        matches!(self.0, 1..=40 | 70)
    }

    /// The same command without its time tag, which carries the same element in front.
    const fn plain(self) -> u8 {
        match self.0 {
            58..=64 => self.0 - 13,
            30 => 1,
            31 => 3,
            32 => 5,
            33 => 7,
            34 => 9,
            35 => 11,
            36 => 13,
            37 => 15,
            2 | 4 | 6 | 8 | 10 | 12 | 14 | 16 => self.0 - 1,
            other => other,
        }
    }
}

/// One ASDU.
#[derive(Clone, Copy, Debug)]
pub(super) struct Asdu<'a> {
    pub(super) kind: Type,
    /// One address, and the elements of the following ones behind it.
    sequence: bool,
    pub(super) count: u8,
    /// Cause of transmission (IEC 60870-5-101, 7.2.3).
    pub(super) cause: u8,
    /// P/N: negative confirmation.
    pub(super) negative: bool,
    pub(super) test: bool,
    pub(super) originator: u8,
    /// Common address: the station.
    pub(super) common: u16,
    objects: &'a [u8],
}

impl<'a> Asdu<'a> {
    pub(super) fn read(octets: &'a [u8]) -> Option<Self> {
        let mut o = Octets::new(octets);
        let [kind, qualifier, cause, originator] = o.array()?;
        let asdu = Self {
            kind: Type(kind),
            sequence: qualifier & 0x80 != 0,
            count: qualifier & 0x7f,
            cause: cause & 0x3f,
            negative: cause & 0x40 != 0,
            test: cause & 0x80 != 0,
            originator,
            common: o.le16()?,
            objects: o.rest(),
        };
        (asdu.kind.0 != 0 && (1..=47).contains(&asdu.cause)).then_some(asdu)
    }

    /// Whether the octets are as many as type and count ask for.
    pub(super) fn is_sized(&self) -> bool {
        let qualifier = self.count | if self.sequence { 0x80 } else { 0 };
        self.kind.fits(qualifier, self.objects.len())
    }

    /// Information objects, each with its address and element; none where they do not fit.
    pub(super) fn objects(&self) -> impl Iterator<Item = Object<'a>> + use<'a> {
        let asdu = *self;
        let mut o = Octets::new(if asdu.is_sized() { asdu.objects } else { &[] });
        let size = asdu.kind.known().map_or(0, |(_, size)| size);
        let mut address = 0;
        (0..asdu.count).map_while(move |index| {
            if index == 0 || !asdu.sequence {
                let [a, b, c] = o.array()?;
                address = u32::from_le_bytes([a, b, c, 0]);
            } else {
                address += 1;
            }
            Some(Object {
                kind: asdu.kind,
                address,
                element: o.take(size)?,
            })
        })
    }

    /// Name of the cause (IEC 60870-5-101, table 14).
    pub(super) const fn cause_name(&self) -> &'static str {
        match self.cause {
            1 => "periodic",
            2 => "background-scan",
            3 => "spontaneous",
            4 => "initialized",
            5 => "request",
            6 => "activation",
            7 => "activation-confirmation",
            8 => "deactivation",
            9 => "deactivation-confirmation",
            10 => "activation-termination",
            11 => "return-remote",
            12 => "return-local",
            13 => "file-transfer",
            20 => "interrogated-by-station",
            21..=36 => "interrogated-by-group",
            37 => "counters-by-general-request",
            38..=41 => "counters-by-group",
            44 => "unknown-type",
            45 => "unknown-cause",
            46 => "unknown-common-address",
            47 => "unknown-object-address",
            _ => "reserved",
        }
    }
}

/// An information object.
#[derive(Clone, Copy, Debug)]
pub(super) struct Object<'a> {
    kind: Type,
    pub(super) address: u32,
    element: &'a [u8],
}

impl Object<'_> {
    /// Its value, as far as it is one (IEC 60870-5-101, 7.2.6).
    pub(super) fn value(&self) -> Option<Scalar> {
        let mut o = Octets::new(self.element);
        Some(match self.kind.plain() {
            1 | 45 => Scalar::Bit(o.u8()? & 1 == 1),
            3 | 46 => Scalar::Name(match o.u8()? & 3 {
                1 => "off",
                2 => "on",
                0 => "intermediate",
                _ => "indeterminate",
            }),
            47 => Scalar::Name(match o.u8()? & 3 {
                1 => "lower",
                2 => "higher",
                _ => "not permitted",
            }),
            // Seven bits, two's complement.
            5 => {
                let position = i64::from(o.u8()? & 0x7f);
                Scalar::Signed(if position > 63 {
                    position - 128
                } else {
                    position
                })
            }
            7 | 51 => Scalar::Unsigned(o.le32()?.into()),
            9 | 21 | 48 | 110 => Scalar::Float(f64::from(o.le16()?.cast_signed()) / 32_768.0),
            11 | 49 | 111 => Scalar::Signed(o.le16()?.cast_signed().into()),
            13 | 50 | 112 => Scalar::Float(f32::from_bits(o.le32()?).into()),
            15 => Scalar::Signed(o.le32()?.cast_signed().into()),
            70 | 100 | 101 | 105 | 113 => Scalar::Unsigned(o.u8()?.into()),
            _ => return None,
        })
    }

    /// Whether a command only selects (S/E bit; IEC 60870-5-101, 7.2.6.15, 7.2.6.26, 7.2.6.39).
    pub(super) fn selects(&self) -> bool {
        let qualifier = match self.kind.plain() {
            45..=47 => self.element.first(),
            48 | 49 => self.element.get(2),
            50 => self.element.get(4),
            _ => None,
        };
        qualifier.is_some_and(|qualifier| qualifier & 0x80 != 0)
    }
}
