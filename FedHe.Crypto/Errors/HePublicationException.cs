namespace FedHe.Crypto.Errors;

/// <summary>
/// A publication exception refuses to publish another decryption under a key, because all publications that its flooding
/// noise was planned for are spent.
/// </summary>
public sealed class HePublicationException : HeException
{
    /// <summary>Creates an exception for a refused publication.</summary>
    public HePublicationException(string message, long remaining = 0)
        : base(message)
    {
        Remaining = remaining;
    }

    /// <summary>The number of ciphertexts that may still be published, fewer than the refused vector has.</summary>
    public long Remaining { get; }
}
