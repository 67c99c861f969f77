using System.Reflection;

namespace FedHe.TestKit.Architecture;

/// <summary>
/// Static state is a static field that can change, through which two users of one process would see each other.
/// </summary>
public static class StaticState
{
    /// <summary>Lists, as <c>Type.Field</c>, the static fields of an assembly that are neither constant nor read-only.</summary>
    public static IEnumerable<string> FaultsIn(Assembly assembly) => CodeReader.TypesOf(assembly)
        .SelectMany(type => type.GetFields(BindingFlags.Static | BindingFlags.Public | BindingFlags.NonPublic | BindingFlags.DeclaredOnly))
        .Where(field => !field.IsLiteral && !field.IsInitOnly && !IsCacheOfCompiler(field))
        .Select(field => $"{field.DeclaringType!.FullName}.{field.Name}");

    /// <summary>Tells whether a field caches a delegate or a call site.</summary>
    /// <remarks>The backing field of a property does not count, because the author declared the property.</remarks>
    private static bool IsCacheOfCompiler(FieldInfo field)
        => field.Name.StartsWith('<') && !field.Name.EndsWith("k__BackingField", StringComparison.Ordinal);
}
