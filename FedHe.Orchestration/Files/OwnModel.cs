using FedHe.Crypto.Errors;
using FedHe.MLBridge.Layout;
using FedHe.Orchestration.Errors;

namespace FedHe.Orchestration.Files;

/// <summary>
/// An own model reads another one of the client itself, and tells its faults from those of a sum: what fails of it is an <see cref="IOException"/>, for which nobody objects to a server's sum.
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
