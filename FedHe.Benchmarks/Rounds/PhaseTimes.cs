namespace FedHe.Benchmarks.Rounds;

/// <summary>Phase times are the milliseconds of a round's phases, with encryption and folding per client and one
/// decryption.</summary>
/// <param name="EncryptMs">From a model to the bytes of an upload.</param>
/// <param name="CheckMs">Part of <paramref name="FoldMs"/>: parsing and checking an upload before anything of it is added.</param>
/// <param name="FoldMs">From the bytes of an upload to the sum, with a share of writing the aggregate.</param>
/// <param name="DecryptMs">From the bytes of the aggregate to a model.</param>
internal readonly record struct PhaseTimes(double EncryptMs, double CheckMs, double FoldMs, double DecryptMs)
{
    /// <summary>The encryption of the first client alone, which in a fresh process waits for most of the compiler's work.</summary>
    public double FirstUploadMs { get; init; }

    /// <summary>Part of the encryption and again of the decryption: the hashes of all encrypted values; 0 in the direct mode.</summary>
    public double TagMs { get; init; }

    /// <summary>Part of the decryption: the verification of the list, of all digests and of all tags; 0 in the direct mode.</summary>
    public double VerifyMs { get; init; }

    /// <summary>Two protections of a round key, their sum and its decryption; 0 in the direct mode.</summary>
    public double OuterMs { get; init; }

    /// <summary>The work of one member of a committee: opening its boxes and answering for the list; 0 without a committee.</summary>
    public double MemberMs { get; init; }

    /// <summary>Sums the times of encryption and folding for all clients and of one decryption.</summary>
    public double RoundMs(int clients) => (clients * (EncryptMs + FoldMs)) + DecryptMs;
}
