namespace FedHe.Crypto.Random;

/// <summary>
/// A secret stream gives the randomness of one item of a vector after the other, such as of its ciphertexts. It is not
/// thread-safe.
/// </summary>
internal abstract class SecretStream : RandomSource, IDisposable
{
    /// <summary>Goes to the beginning of the randomness of an item.</summary>
    public abstract void MoveTo(int item);

    /// <summary>Zeroes the state of the stream.</summary>
    public abstract void Dispose();
}
