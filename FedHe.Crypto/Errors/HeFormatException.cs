namespace FedHe.Crypto.Errors;

/// <summary>
/// A format exception refuses malformed bytes. Parsers of FedHe throw no other exception on hostile input.
/// </summary>
public sealed class HeFormatException : HeException
{
    /// <summary>Creates an exception for bytes that were refused.</summary>
    /// <param name="error">The reason.</param>
    /// <param name="what">The noun for the object that was read, such as <c>encrypted vector</c>.</param>
    public HeFormatException(FormatError error, string what)
        : base(Describe(error, what))
    {
        Error = error;
    }

    /// <summary>The reason why the bytes were refused.</summary>
    public FormatError Error { get; }

    private static string Describe(FormatError error, string what) => error switch
    {
        FormatError.Truncated => $"The {what} ends too early. Send it again.",
        FormatError.TrailingBytes => $"Bytes follow the end of the {what}. Pass exactly one object.",
        FormatError.BadMagic => $"These bytes are not a {what}.",
        FormatError.WrongKind => $"These bytes hold another kind of object, not a {what}.",
        FormatError.UnsupportedVersion => $"The {what} has a format version that this library does not read. Update the older side.",
        FormatError.WrongParameters => $"The {what} belongs to other parameters. Both sides must use the same parameter set.",
        FormatError.WrongTerms => $"The {what} was made under other terms. All parties must use the same model layout, mask and weighting.",
        FormatError.LimitExceeded => $"The {what} declares a size above the limit. Raise the limit only if such a size is expected.",
        FormatError.FieldOutOfRange => $"A field of the {what} is outside its range.",
        FormatError.Inconsistent => $"Fields of the {what} contradict each other.",
        FormatError.AuthenticationFailed => $"The {what} does not authenticate: the password is wrong or the bytes were changed.",
        FormatError.UnsupportedCompression => $"The {what} is compressed with Zstandard, which is not read here. Save it with zlib or without compression.",
        FormatError.UnsupportedExpansion => $"The {what} holds a seed of a generator that is not supported. Use BLAKE2Xb, or save it without a seed.",
        _ => $"The {what} is malformed.",
    };
}
