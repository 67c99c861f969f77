using FedHe.Crypto.Serialization;

namespace FedHe.Crypto.Ckks.SealFormat.Headers;

/// <summary>A content writer writes the content that follows the header of a SEAL file.</summary>
internal delegate void SealContentWriter(WireWriter writer, SealVersion version);
