namespace FedHe.MLBridge.Adapters;

/// <summary>A half of an adapter is one of its two factors. The numeric values are part of the wire format.</summary>
public enum AdapterHalf
{
    /// <summary>The factor A, of the shape rank x inputs.</summary>
    A = 1,

    /// <summary>The factor B, of the shape outputs x rank.</summary>
    B = 2,
}
