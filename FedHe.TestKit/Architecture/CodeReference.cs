namespace FedHe.TestKit.Architecture;

/// <summary>One use of a type by another.</summary>
/// <param name="Source">The outermost type whose code or signature contains the use.</param>
/// <param name="Target">The type that is used: declared, called into, or part of a signature.</param>
/// <param name="Member">The member that is called or read, where there is one.</param>
public sealed record CodeReference(Type Source, Type Target, string? Member)
{
    /// <inheritdoc/>
    public override string ToString() => $"{Source.FullName} uses {Target.FullName ?? Target.Name}{(Member is null ? "" : "." + Member)}";
}
