namespace FedHe.Learning.Randomness;

/// <summary>Random bytes are the coins of a random choice. Whether the choice is secret depends on who can compute them.</summary>
public interface IRandomBytes
{
    /// <summary>Fills memory with independent, uniform bytes.</summary>
    /// <param name="destination">Receives the bytes.</param>
    void Fill(Span<byte> destination);
}
