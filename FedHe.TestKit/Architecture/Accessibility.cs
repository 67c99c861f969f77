using System.Reflection;

namespace FedHe.TestKit.Architecture;

/// <summary>
/// An accessibility fault is a use of another FedHe assembly beyond its public surface, possible only for a declared friend.
/// </summary>
/// <remarks>
/// Public types with their public members may be used by everybody, protected members by derived types. A member that is
/// <c>protected internal</c> counts as protected, and one that is <c>private protected</c> as internal.
/// </remarks>
public static class Accessibility
{
    /// <summary>Lists the uses of other FedHe assemblies that only a friend can make.</summary>
    public static IEnumerable<CodeReference> FaultsIn(IEnumerable<CodeReference> references)
        => references.Where(use => use.Target.Assembly != use.Source.Assembly
            && FedHeAssemblies.Contains(use.Target.Assembly)
            && NeedsFriend(use));

    /// <summary>
    /// Tells whether a use would need more than the public surface if source and target were in different assemblies.
    /// </summary>
    public static bool NeedsFriend(CodeReference use)
    {
        ArgumentNullException.ThrowIfNull(use);
        return !IsAccessible(use.Target, use.Source) || (use.Member is { } member && !IsAccessible(member, use.Source));
    }

    /// <summary>Returns the name, without its namespace, of the internal type or member that makes a use a fault.</summary>
    public static string NameOf(CodeReference use)
    {
        ArgumentNullException.ThrowIfNull(use);
        string type = use.Target.Outermost().Name;
        return IsAccessible(use.Target, use.Source) ? $"{type}.{use.Member?.Name}" : type;
    }

    private static bool IsAccessible(Type type, Type source)
    {
        if (type.HasElementType)
        {
            return IsAccessible(type.GetElementType()!, source);
        }

        return type.DeclaringType is { } outer
            ? IsAccessible(outer, source)
                && (type.IsNestedPublic || ((type.IsNestedFamily || type.IsNestedFamORAssem) && DerivesFrom(source, outer)))
            : type.IsPublic || type.IsFunctionPointer;
    }

    private static bool IsAccessible(MemberInfo member, Type source) => member switch
    {
        MethodBase method => method.IsPublic
            || ((method.IsFamily || method.IsFamilyOrAssembly) && DerivesFrom(source, method.DeclaringType!)),
        FieldInfo field => field.IsPublic
            || ((field.IsFamily || field.IsFamilyOrAssembly) && DerivesFrom(source, field.DeclaringType!)),
        _ => throw new ArgumentException($"Compiled code uses methods and fields, not {member}.", nameof(member)),
    };

    /// <summary>Tells whether a type or one of its nested types derives from another type.</summary>
    private static bool DerivesFrom(Type source, Type ancestor)
        => source.Inherits(ancestor)
            || source.GetNestedTypes(BindingFlags.Public | BindingFlags.NonPublic).Any(nested => DerivesFrom(nested, ancestor));
}
