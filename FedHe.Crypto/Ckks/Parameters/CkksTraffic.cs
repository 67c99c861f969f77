namespace FedHe.Crypto.Ckks.Parameters;

/// <summary>Says which vectors a parameter set for exact integers is planned for. Numbers are part of the wire format.</summary>
public enum CkksTraffic
{
    /// <summary>Uploads under the secret key; sums travel as seed lists. The fewest bits, for up to 64 contributors.</summary>
    SeedLists = 1,

    /// <summary>Uploads under the secret key; sums travel with both polynomials.</summary>
    FullSums = 2,

    /// <summary>
    /// Uploads under either kind of key; sums travel with both polynomials. The other two leave no room for the larger noise
    /// of public-key encryption, and refuse it.
    /// </summary>
    PublicKey = 3,
}
