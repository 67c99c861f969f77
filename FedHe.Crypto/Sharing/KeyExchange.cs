namespace FedHe.Crypto.Sharing;

/// <summary>A key exchange says which keys boxes are sealed to. A job names one, and a party that lacks it is refused.</summary>
public enum KeyExchange
{
    /// <summary>Diffie-Hellman on the elliptic curve P-256.</summary>
    P256 = 1,

    /// <summary>P-256 together with ML-KEM-768: a box stays closed as long as one of them is secure.</summary>
    P256MLKem768 = 2,
}
