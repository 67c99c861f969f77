using System.Reflection;
using FedHe.Crypto;

namespace FedHe.TestKit.Architecture;

/// <summary>Finds the schemes of an assembly by what they implement, so that no rule has to list them.</summary>
public static class SchemeFolders
{
    /// <summary>The schemes of FedHe.Crypto.</summary>
    public static IReadOnlyList<string> OfCrypto { get; } = In(typeof(IHeScheme).Assembly);

    /// <summary>
    /// The namespaces directly below an assembly's own that contain a scheme, sorted. Everything in and below such a namespace
    /// belongs to that scheme.
    /// </summary>
    /// <exception cref="InvalidOperationException">Two schemes share a folder, or a scheme has none of its own.</exception>
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

    /// <summary>The scheme among some that a type belongs to, or null.</summary>
    public static string? SchemeOf(Type type, IEnumerable<string> schemes)
    {
        string folder = CodeReader.FolderOf(type);
        return schemes.FirstOrDefault(scheme => folder == scheme || folder.StartsWith(scheme + ".", StringComparison.Ordinal));
    }

    /// <summary>The uses of a scheme by code outside of that scheme.</summary>
    public static IEnumerable<CodeReference> UsesIn(IEnumerable<CodeReference> references, IReadOnlyList<string> schemes)
        => references.Where(use => SchemeOf(use.Target, schemes) is { } used && SchemeOf(use.Source, schemes) != used);
}
