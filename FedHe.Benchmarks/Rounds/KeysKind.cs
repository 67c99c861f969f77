namespace FedHe.Benchmarks.Rounds;

/// <summary>A kind of keys says who opens the sum of a round.</summary>
internal enum KeysKind
{
    /// <summary>A key that all clients have opens it.</summary>
    Authority,

    /// <summary>A committee opens it.</summary>
    Committee,

    /// <summary>Parties of a threshold key open it.</summary>
    Threshold,
}
