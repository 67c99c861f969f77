namespace FedHe.TestKit.Architecture;

/// <summary>
/// A folder circle is a sequence of folders, each of which uses the next, and the last of which uses the first.
/// </summary>
/// <param name="Folders">The namespaces of the circle.</param>
/// <param name="References">For every namespace of the circle, one reference to the next.</param>
public sealed record FolderCircle(IReadOnlyList<string> Folders, IReadOnlyList<CodeReference> References)
{
    /// <summary>The namespaces in the order of the circle, with the first namespace repeated at the end.</summary>
    public string Name => string.Join(" -> ", [.. Folders, Folders[0]]);

    /// <inheritdoc/>
    public override string ToString() => string.Concat(References.Select(reference => $"\n    {reference}"));
}
