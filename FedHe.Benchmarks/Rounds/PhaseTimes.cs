namespace FedHe.Benchmarks.Rounds;

/// <summary>The times of a round in milliseconds: encryption and folding per client, decryption once.</summary>
/// <param name="EncryptMs">From a model to the bytes of an upload.</param>
/// <param name="CheckMs">Part of <paramref name="FoldMs"/>: parsing and checking an upload before anything of it is added.</param>
/// <param name="FoldMs">From the bytes of an upload to the sum, with a share of writing the aggregate.</param>
/// <param name="DecryptMs">From the bytes of the aggregate to a model.</param>
internal readonly record struct PhaseTimes(double EncryptMs, double CheckMs, double FoldMs, double DecryptMs)
{
    /// <summary>Sums encryption and folding of all clients and one decryption.</summary>
    public double RoundMs(int clients) => (clients * (EncryptMs + FoldMs)) + DecryptMs;
}
