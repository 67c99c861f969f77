namespace FedHe.Hosting.AspNetCore.Transfers;

/// <summary>What became of the chunks of a request.</summary>
internal enum ChunkOutcome
{
    /// <summary>The chunks are in the file.</summary>
    Written,

    /// <summary>The transfer goes on at another offset.</summary>
    WrongOffset,

    /// <summary>A chunk has not the digest that the head has for it; the chunks before it are in the file.</summary>
    WrongBytes,

    /// <summary>A later request brings the chunk.</summary>
    Overtaken,

    /// <summary>The transfer is over.</summary>
    Gone,
}
