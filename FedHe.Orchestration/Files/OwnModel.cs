using FedHe.Crypto.Errors;
using FedHe.MLBridge.Layout;
using FedHe.Orchestration.Errors;

namespace FedHe.Orchestration.Files;

/// <summary>
/// An own model reads a model of the client, and reports every failure as an <see cref="IOException"/>, so that the client does not blame a server's sum for it.
/// </summary>
internal sealed class OwnModel(IFlatModel inner) : IFlatModel
{
    public ModelLayout Layout => inner.Layout;

    public void CopyFlatTo(long start, Span<double> destination)
    {
        try
        {
            inner.CopyFlatTo(start, destination);
        }
        catch (HeException fault)
        {
            throw Throw.OwnModelUnreadable(fault);
        }
    }
}
