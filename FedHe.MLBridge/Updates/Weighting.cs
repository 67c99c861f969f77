namespace FedHe.MLBridge.Updates;

/// <summary>Who learns the weights of the clients. Numbers are part of the wire format.</summary>
public enum Weighting
{
    /// <summary>Weights travel in clear; the server multiplies. The default where sample counts are no secret.</summary>
    Clear = 1,

    /// <summary>
    /// Each client multiplies by its own weight and sends the weight encrypted in the same vector; only the sum of all
    /// weights is ever decrypted. Needs a mask that encrypts everything, or the clear part would reveal the weight.
    /// </summary>
    Hidden = 2,
}
