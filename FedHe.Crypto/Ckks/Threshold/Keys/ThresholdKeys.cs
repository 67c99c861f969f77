namespace FedHe.Crypto.Ckks.Threshold.Keys;

/// <summary>Threshold keys are what a party has after a key generation: the public key of all, and its own share.</summary>
public sealed class ThresholdKeys : IDisposable
{
    internal ThresholdKeys(ThresholdPublicKey publicKey, ThresholdKeyShare share)
    {
        PublicKey = publicKey;
        Share = share;
    }

    /// <summary>The key that encrypts, which is the same for every party and may be given to anyone.</summary>
    public ThresholdPublicKey PublicKey { get; }

    /// <summary>The share of this party, which stays with it.</summary>
    public ThresholdKeyShare Share { get; }

    /// <summary>Disposes both keys; the share is zeroed.</summary>
    public void Dispose()
    {
        Share.Dispose();
        PublicKey.Dispose();
    }
}
