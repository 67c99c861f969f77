namespace FedHe.TestKit.Architecture;

/// <summary>Folders that use each other in a circle, each the next one and the last the first.</summary>
/// <param name="Folders">The namespaces of the circle.</param>
/// <param name="References">For every namespace of the circle, one reference to the next.</param>
public sealed record FolderCircle(IReadOnlyList<string> Folders, IReadOnlyList<CodeReference> References)
{
    /// <summary>The namespaces in the order of the circle, beginning and ending with the first.</summary>
    public string Name => string.Join(" -> ", [.. Folders, Folders[0]]);

    /// <inheritdoc/>
    public override string ToString() => string.Concat(References.Select(reference => $"\n    {reference}"));
}
