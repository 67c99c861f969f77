using System.Reflection;

namespace FedHe.TestKit.Architecture;

/// <summary>Field reachability proves from the types of an object's fields that the object holds no secret key.</summary>
/// <remarks>
/// From the fields, private and inherited ones included, no field of a FedHe type leads, in any number of steps, to a type that
/// is, holds or makes a secret key. A field may hold an object of any type derived from its own, so the fields of all such types
/// are followed as well, among the types of the root's assembly and of the FedHe assemblies that it references.
/// </remarks>
public static class FieldReachability
{
    private const BindingFlags Declared = BindingFlags.Public | BindingFlags.NonPublic | BindingFlags.Instance | BindingFlags.DeclaredOnly;

    /// <summary>Finds a path from a field to a secret type, as text for a message, or returns null when no path exists.</summary>
    public static string? FindPath(Type root, SecretTypes secrets)
    {
        ArgumentNullException.ThrowIfNull(root);
        ArgumentNullException.ThrowIfNull(secrets);
        Type[] known = [.. FedHeAssemblies.Below(root.Assembly).SelectMany(CodeReader.TypesOf)];
        return TypeSearch.FindPath(
            FieldsOf(root).Select(field => (field.Type, $"{root.Name}{field.Step}")),
            secrets.Contains,
            type => FedHeAssemblies.Contains(type.Assembly) ? FieldsOf(type).Concat(DerivedFrom(type, known)) : []);
    }

    private static IEnumerable<(Type Type, string Step)> FieldsOf(Type type)
    {
        for (Type? current = type; current is not null && FedHeAssemblies.Contains(current.Assembly); current = current.BaseType)
        {
            foreach (FieldInfo field in current.GetFields(Declared))
            {
                yield return (field.FieldType, $".{field.Name}");
            }
        }
    }

    private static IEnumerable<(Type Type, string Step)> DerivedFrom(Type type, Type[] known)
        => type.IsSealed ? [] : known.Where(other => other != type && other.Inherits(type)).Select(other => (other, " as"));
}
