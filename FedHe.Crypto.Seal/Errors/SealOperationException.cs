using FedHe.Crypto.Errors;

namespace FedHe.Crypto.Seal.Errors;

/// <summary>
/// Microsoft SEAL failed where it must not: out of memory, or built in a way that FedHe does not know.
/// </summary>
public sealed class SealOperationException : HeException
{
    /// <summary>Reports a failure.</summary>
    /// <param name="operation">What SEAL was asked to do, as a verb.</param>
    /// <param name="code">SEAL's HRESULT.</param>
    public SealOperationException(string operation, int code)
        : base($"Microsoft SEAL failed to {operation} (0x{code:X8}).")
    {
        Code = code;
    }

    /// <summary>SEAL's HRESULT.</summary>
    public int Code { get; }
}
