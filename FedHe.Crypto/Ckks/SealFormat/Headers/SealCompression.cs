namespace FedHe.Crypto.Ckks.SealFormat.Headers;

/// <summary>
/// How the content of a SEAL file is compressed. SEAL's own default, Zstandard, is neither written nor read.
/// </summary>
public enum SealCompression
{
    /// <summary>Not at all: SEAL's <c>compr_mode_type::none</c>.</summary>
    None = 0,

    /// <summary>As a zlib stream: SEAL's <c>compr_mode_type::zlib</c>.</summary>
    Zlib = 1,
}
