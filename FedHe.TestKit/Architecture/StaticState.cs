using System.Reflection;

namespace FedHe.TestKit.Architecture;

/// <summary>Finds static fields that can change: two users of one process would see each other through them.</summary>
public static class StaticState
{
    /// <summary>The static fields of an assembly that are neither constant nor read-only, as <c>Type.Field</c>.</summary>
    public static IEnumerable<string> FaultsIn(Assembly assembly) => CodeReader.TypesOf(assembly)
        .SelectMany(type => type.GetFields(BindingFlags.Static | BindingFlags.Public | BindingFlags.NonPublic | BindingFlags.DeclaredOnly))
        .Where(field => !field.IsLiteral && !field.IsInitOnly && !IsCacheOfCompiler(field))
        .Select(field => $"{field.DeclaringType!.FullName}.{field.Name}");

    /// <summary>Whether a field caches a delegate or a call site. The field of a property is the author's own.</summary>
    private static bool IsCacheOfCompiler(FieldInfo field)
        => field.Name.StartsWith('<') && !field.Name.EndsWith("k__BackingField", StringComparison.Ordinal);
}
