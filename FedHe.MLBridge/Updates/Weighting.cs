namespace FedHe.MLBridge.Updates;

/// <summary>The choice of who learns the clients' weights. The numeric values are part of the wire format.</summary>
public enum Weighting
{
    /// <summary>
    /// The weights travel in clear and the server multiplies by them; the usual choice when sample counts are no
    /// secret.
    /// </summary>
    Clear = 1,

    /// <summary>
    /// Each client multiplies by its own weight and encrypts the weight in the same vector, so that only the sum of all
    /// weights is ever decrypted. The mask must encrypt everything, because values in clear would reveal the weight.
    /// </summary>
    Hidden = 2,
}
