namespace FedHe.Crypto.Ckks.SealFormat.Headers;

/// <summary>
/// A SEAL compression says how the content of a SEAL file is compressed. SEAL's own default, Zstandard, is neither
/// written nor read.
/// </summary>
public enum SealCompression
{
    /// <summary>The content is not compressed: SEAL's <c>compr_mode_type::none</c>.</summary>
    None = 0,

    /// <summary>The content is a zlib stream: SEAL's <c>compr_mode_type::zlib</c>.</summary>
    Zlib = 1,
}
