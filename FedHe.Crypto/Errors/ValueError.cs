namespace FedHe.Crypto.Errors;

/// <summary>A value error names the reason why a value cannot be encoded.</summary>
public enum ValueError
{
    /// <summary>The value is NaN or infinite.</summary>
    NotFinite = 1,

    /// <summary>The magnitude exceeds the declared bound.</summary>
    OutsideBound = 2,
}
