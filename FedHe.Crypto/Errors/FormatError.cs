namespace FedHe.Crypto.Errors;

/// <summary>A format error names the one reason why bytes were refused.</summary>
public enum FormatError
{
    /// <summary>The bytes are well formed.</summary>
    None = 0,

    /// <summary>The bytes end before the object does.</summary>
    Truncated,

    /// <summary>Bytes follow the end of the object.</summary>
    TrailingBytes,

    /// <summary>The bytes do not start with the magic number of their format.</summary>
    BadMagic,

    /// <summary>The bytes hold another kind of object.</summary>
    WrongKind,

    /// <summary>The format version is not supported.</summary>
    UnsupportedVersion,

    /// <summary>The object belongs to other parameters.</summary>
    WrongParameters,

    /// <summary>The object was made for a model layout, mask or weighting that differs from the reader's.</summary>
    WrongTerms,

    /// <summary>A declared size exceeds the limit that the caller set.</summary>
    LimitExceeded,

    /// <summary>A field is outside its range.</summary>
    FieldOutOfRange,

    /// <summary>Two fields contradict each other.</summary>
    Inconsistent,

    /// <summary>The authentication tag does not match: a wrong password, or tampered bytes.</summary>
    AuthenticationFailed,

    /// <summary>The content is compressed in a way that this library does not read.</summary>
    UnsupportedCompression,

    /// <summary>A seed needs a generator that this library does not have.</summary>
    UnsupportedExpansion,
}
