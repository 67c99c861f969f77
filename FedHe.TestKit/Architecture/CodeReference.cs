using System.Reflection;

namespace FedHe.TestKit.Architecture;

/// <summary>A code reference is one use of a type by another type.</summary>
/// <param name="Source">The outermost type whose code or signature contains the use.</param>
/// <param name="Target">The type that is used: declared, called into, or part of a signature.</param>
/// <param name="Member">The member that is called, read or overridden, where there is one.</param>
public sealed record CodeReference(Type Source, Type Target, MemberInfo? Member)
{
    /// <summary>The name of the used type, <c>Namespace.Type</c>, or of the used member, <c>Namespace.Type.Member</c>.</summary>
    public string TargetName => $"{Target.FullName ?? Target.Name}{(Member is null ? "" : "." + Member.Name)}";

    /// <inheritdoc/>
    public override string ToString() => $"{Source.FullName} uses {TargetName}";
}
