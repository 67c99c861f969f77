namespace FedHe.Hosting.AspNetCore.Transfers;

/// <summary>What became of a chunk.</summary>
internal enum ChunkOutcome
{
    /// <summary>The chunk is in the file.</summary>
    Written,

    /// <summary>The transfer goes on at another offset.</summary>
    WrongOffset,

    /// <summary>The bytes differ from what the request announced, and the transfer is unchanged.</summary>
    WrongBytes,

    /// <summary>A later request brings the chunk.</summary>
    Overtaken,

    /// <summary>The transfer is over.</summary>
    Gone,
}
