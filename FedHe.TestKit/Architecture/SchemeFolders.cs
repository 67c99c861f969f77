using System.Reflection;
using FedHe.Crypto;

namespace FedHe.TestKit.Architecture;

/// <summary>
/// The schemes of an assembly are found by the interface that they implement, so that no rule has to list them.
/// </summary>
public static class SchemeFolders
{
    /// <summary>The namespaces of the schemes in FedHe.Crypto.</summary>
    public static IReadOnlyList<string> OfCrypto { get; } = In(typeof(IHeScheme).Assembly);

    /// <summary>Lists, in sorted order, the namespaces directly below an assembly's namespace that contain a scheme.</summary>
    /// <exception cref="InvalidOperationException">Two schemes share a folder, or a scheme has none of its own.</exception>
    /// <remarks>Everything in and below such a namespace belongs to the scheme.</remarks>
    public static IReadOnlyList<string> In(Assembly assembly)
    {
        ArgumentNullException.ThrowIfNull(assembly);
        string root = assembly.GetName().Name! + ".";
        string[] folders =
        [
            .. CodeReader.TypesOf(assembly)
                .Where(type => type is { IsAbstract: false, Namespace: not null } && typeof(IHeScheme).IsAssignableFrom(type))
                .Select(type => type.Namespace!.StartsWith(root, StringComparison.Ordinal)
                    ? root + type.Namespace[root.Length..].Split('.')[0]
                    : throw new InvalidOperationException($"{type} lies in no folder of its own."))
                .Order(StringComparer.Ordinal),
        ];
        return folders.Distinct().Count() == folders.Length
            ? folders
            : throw new InvalidOperationException($"Two schemes share a folder: {string.Join(", ", folders)}.");
    }

    /// <summary>Finds the scheme, among some schemes, to which a type belongs, or returns null.</summary>
    public static string? SchemeOf(Type type, IEnumerable<string> schemes)
    {
        string folder = CodeReader.FolderOf(type);
        return schemes.FirstOrDefault(scheme => folder == scheme || folder.StartsWith(scheme + ".", StringComparison.Ordinal));
    }

    /// <summary>Lists the uses of a scheme by code outside of the scheme.</summary>
    public static IEnumerable<CodeReference> UsesIn(IEnumerable<CodeReference> references, IReadOnlyList<string> schemes)
        => references.Where(use => SchemeOf(use.Target, schemes) is { } used && SchemeOf(use.Source, schemes) != used);
}
