//! The wire format: numbered fields, one after the other.

/// The content of one field.
pub(super) enum Part<'b> {
    Number(u64),
    Double(f64),
    Bytes(&'b [u8]),
}

/// Reads fields one by one.
pub(super) struct Reader<'b> {
    rest: &'b [u8],
}

impl<'b> Reader<'b> {
    pub(super) fn new(bytes: &'b [u8]) -> Self {
        Self { rest: bytes }
    }

    pub(super) fn is_empty(&self) -> bool {
        self.rest.is_empty()
    }

    fn take(&mut self, count: usize) -> Result<&'b [u8], String> {
        let found = self.rest.split_at_checked(count);
        let (taken, rest) = found.ok_or_else(|| "unexpected EOF".to_owned())?;
        self.rest = rest;
        Ok(taken)
    }

    pub(super) fn varint(&mut self) -> Result<u64, String> {
        let mut out = 0_u64;
        for shift in (0..64).step_by(7) {
            let byte = self.take(1)?[0];
            out |= u64::from(byte & 0x7f) << shift;
            if byte & 0x80 == 0 {
                return Ok(out);
            }
        }
        Err("proto: integer overflow".to_owned())
    }

    /// Returns the next field: its number and its content.
    pub(super) fn next(&mut self) -> Result<Option<(usize, Part<'b>)>, String> {
        if self.rest.is_empty() {
            return Ok(None);
        }
        let tag = self.varint()?;
        let number = usize::try_from(tag >> 3).map_err(|_| "proto: illegal tag".to_owned())?;
        let part = match tag & 7 {
            0 => Part::Number(self.varint()?),
            1 => {
                let bytes = self.take(8)?.try_into().map_err(|_| "unexpected EOF".to_owned())?;
                Part::Double(f64::from_le_bytes(bytes))
            }
            2 => {
                let length = self.varint()?;
                let length = usize::try_from(length).map_err(|_| "unexpected EOF".to_owned())?;
                Part::Bytes(self.take(length)?)
            }
            5 => {
                let bytes = self.take(4)?.try_into().map_err(|_| "unexpected EOF".to_owned())?;
                Part::Number(u64::from(u32::from_le_bytes(bytes)))
            }
            other => return Err(format!("proto: illegal wireType {other}")),
        };
        Ok(Some((number, part)))
    }
}
