namespace FedHe.Crypto.Ckks.Parameters;

/// <summary>
/// A traffic names the vectors that parameters for exact integers are planned for. Numbers are part of the wire format.
/// </summary>
public enum CkksTraffic
{
    /// <summary>
    /// Uploads are encrypted under the secret key, and sums travel as seed lists. This traffic takes the fewest bits,
    /// for up to 64 contributors.
    /// </summary>
    SeedLists = 1,

    /// <summary>Uploads are encrypted under the secret key, and sums travel with both polynomials.</summary>
    FullSums = 2,

    /// <summary>
    /// Uploads are encrypted under either kind of key, and sums travel with both polynomials. Any other traffic has no
    /// room for the larger noise of public-key encryption, and refuses it.
    /// </summary>
    PublicKey = 3,
}
