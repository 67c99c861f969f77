namespace FedHe.Benchmarks.Rounds;

/// <summary>Times of a round in milliseconds: encryption and folding per client, decryption once.</summary>
internal readonly record struct PhaseTimes(double EncryptMs, double FoldMs, double DecryptMs)
{
    /// <summary>Encryption of all clients, folding of all, one decryption.</summary>
    public double RoundMs(int clients) => (clients * (EncryptMs + FoldMs)) + DecryptMs;
}
