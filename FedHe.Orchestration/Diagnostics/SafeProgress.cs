namespace FedHe.Orchestration.Diagnostics;

/// <summary>A safe progress passes reports on to the host's receiver, and lets no exception of it disturb the work.</summary>
/// <param name="inner">The host's receiver.</param>
internal sealed class SafeProgress<T>(IProgress<T> inner) : IProgress<T>
{
    /// <inheritdoc/>
    public void Report(T value)
    {
        try
        {
            inner.Report(value);
        }
#pragma warning disable CA1031 // A host's receiver may fail in any way; progress is for the eye alone.
        catch (Exception)
#pragma warning restore CA1031
        {
        }
    }
}
