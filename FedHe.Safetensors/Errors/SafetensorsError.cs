namespace FedHe.Safetensors.Errors;

/// <summary>The reasons why a safetensors file, an index or a model in them is refused.</summary>
public enum SafetensorsError
{
    /// <summary>The file ends before its header or its data do.</summary>
    Truncated = 1,

    /// <summary>The header is longer than the limit.</summary>
    HeaderTooLong = 2,

    /// <summary>The header is no JSON object in UTF-8 that begins with a brace.</summary>
    NotJson = 3,

    /// <summary>A name appears twice.</summary>
    DuplicateName = 4,

    /// <summary>A field of the header is missing, unknown or of another kind than the format says.</summary>
    WrongField = 5,

    /// <summary>The element type is unknown.</summary>
    UnknownDtype = 6,

    /// <summary>The header lists more tensors, or a tensor more dimensions, than the limits allow.</summary>
    TooMany = 7,

    /// <summary>The number of elements or bytes of a tensor exceeds what 63 bits can count.</summary>
    Overflow = 8,

    /// <summary>A tensor's offsets do not give the bytes that its shape and element type need.</summary>
    WrongLength = 9,

    /// <summary>The tensors leave a hole between each other or overlap.</summary>
    NotContiguous = 10,

    /// <summary>Bytes follow the last tensor.</summary>
    TrailingBytes = 11,

    /// <summary>A shard's name is no plain file name, so that it could lead out of the folder.</summary>
    UnsafeFileName = 12,

    /// <summary>A file that the index names is missing.</summary>
    ShardMissing = 13,

    /// <summary>Index and shards disagree about which tensor is where.</summary>
    IndexMismatch = 14,

    /// <summary>A tensor that was asked for is not in the files.</summary>
    UnknownTensor = 15,

    /// <summary>The element type cannot be averaged, or is not the one that was asked for.</summary>
    DtypeNotSupported = 16,

    /// <summary>A tensor's shape is another one than was asked for.</summary>
    WrongShape = 17,

    /// <summary>A floating tensor's name or size is not possible in a model layout.</summary>
    NotInLayout = 18,

    /// <summary>No tensor is left to average.</summary>
    NothingToAverage = 19,

    /// <summary>A value is not finite.</summary>
    NotFinite = 20,

    /// <summary>A value is beyond the range of the element type that it is written in.</summary>
    OutsideRange = 21,

    /// <summary>The destination exists and cannot be replaced as a whole.</summary>
    DestinationExists = 22,

    /// <summary>There is no checkpoint at the path.</summary>
    NoCheckpoint = 23,

    /// <summary>The values for a tensor were not written in full, or too many were.</summary>
    WrongValueCount = 24,

    /// <summary>There is no adapter in the folder.</summary>
    NoAdapter = 25,

    /// <summary>A configuration of an adapter is no JSON object as PEFT writes it.</summary>
    AdapterConfig = 26,

    /// <summary>An adapter is of a kind that cannot be averaged.</summary>
    AdapterNotSupported = 27,

    /// <summary>The configuration of an adapter and its tensors disagree.</summary>
    AdapterMismatch = 28,
}
