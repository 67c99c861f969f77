using System.Reflection;

namespace FedHe.TestKit.Architecture;

/// <summary>
/// A lane loop is a loop over lanes, the registers of a processor. In code that is not compiled fully at once it calls a method
/// for every operator, many times slower, and so would the first updates of a process.
/// </summary>
public static class LaneLoops
{
    private const BindingFlags Declared = BindingFlags.Public | BindingFlags.NonPublic | BindingFlags.Instance
        | BindingFlags.Static | BindingFlags.DeclaredOnly;

    private const MethodImplAttributes Compiled = MethodImplAttributes.AggressiveOptimization | MethodImplAttributes.AggressiveInlining;

    /// <summary>Lists, as <c>Type.Method</c>, the methods of generic kernels with a loop that a runtime may compile in tiers.</summary>
    /// <param name="types">The types; one that has no lane among its type parameters is passed over.</param>
    public static IEnumerable<string> FaultsIn(IEnumerable<Type> types) => types
        .Where(type => type.GetGenericArguments().Any(IsLane))
        .SelectMany(type => type.GetMethods(Declared))
        .Where(method => (method.MethodImplementationFlags & Compiled) == 0)
        .Where(method => method.GetMethodBody()?.GetILAsByteArray() is { } body && InstructionReader.HasLoop(body) && UsesLanes(method, body))
        .Select(method => $"{method.DeclaringType!.FullName}.{method.Name}");

    private static bool UsesLanes(MethodInfo method, byte[] body) => InstructionReader.TokensOf(body)
        .Select(token => method.Module.ResolveMember(
            token, method.DeclaringType!.GetGenericArguments(), method.IsGenericMethod ? method.GetGenericArguments() : []))
        .Any(member => member?.DeclaringType is { IsInterface: true } owner && IsOfLanes(owner));

    private static bool IsLane(Type argument)
        => argument.IsGenericParameter
            && argument.GetGenericParameterConstraints().Any(IsOfLanes);

    private static bool IsOfLanes(Type type) => CodeReader.FolderOf(type).EndsWith(".Kernels.Lanes", StringComparison.Ordinal);
}
