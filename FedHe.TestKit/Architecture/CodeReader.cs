using System.Collections.Concurrent;
using System.Reflection;

namespace FedHe.TestKit.Architecture;

/// <summary>A code reader lists the uses of types in a compiled assembly.</summary>
/// <remarks>
/// The uses are base types, attributes, signatures, locals, caught exceptions, overridden members, and every type, method and
/// field that a method body names. Constants leave no trace in compiled code, and neither do <c>nameof</c> and documentation.
/// </remarks>
public static class CodeReader
{
    private const BindingFlags Declared = BindingFlags.Public | BindingFlags.NonPublic | BindingFlags.Instance
        | BindingFlags.Static | BindingFlags.DeclaredOnly;

    private static readonly ConcurrentDictionary<Assembly, IReadOnlyList<CodeReference>> ReadBefore = new();

    /// <summary>Lists the types, nested types included, that the sources of an assembly declare.</summary>
    /// <remarks>
    /// Left out are the types that the compiler adds outside of any namespace of the sources, such as hashes of literals and
    /// inline arrays.
    /// </remarks>
    public static IEnumerable<Type> TypesOf(Assembly assembly)
    {
        ArgumentNullException.ThrowIfNull(assembly);
        return assembly.GetTypes().Where(type => !IsAddedByCompiler(type.Outermost()));
    }

    /// <summary>Lists every distinct use of a type by the code and the signatures of an assembly.</summary>
    /// <remarks>
    /// Code that the compiler generates (closures, iterators, state machines) belongs to the outermost type that contains it.
    /// Uses within one outermost type are left out, except for pointers, which are uses of unsafe code.
    /// </remarks>
    public static IReadOnlyList<CodeReference> ReferencesOf(Assembly assembly) => ReadBefore.GetOrAdd(assembly, Read);

    /// <summary>Returns the namespace of the outermost type around a type, which is the folder of its file.</summary>
    public static string FolderOf(Type type)
    {
        ArgumentNullException.ThrowIfNull(type);
        return type.Outermost().Namespace ?? string.Empty;
    }

    private static IReadOnlyList<CodeReference> Read(Assembly assembly)
    {
        var references = new HashSet<CodeReference>();
        foreach (Type type in TypesOf(assembly))
        {
            Type source = type.Outermost();
            references.UnionWith(UsesOf(type).Select(use => new CodeReference(source, use.Target, use.Member)));
        }

        return [.. references.Where(use => IsPointer(use.Target) || IsUseOfAnother(use.Source, use.Target.Outermost()))];
    }

    private static bool IsUseOfAnother(Type source, Type target) => target != source && !IsAddedByCompiler(target);

    private static bool IsAddedByCompiler(Type outermost)
        => outermost.Namespace is null
            ? outermost.Name.StartsWith('<')
            : outermost.CustomAttributes.Any(attribute => attribute.AttributeType.FullName == "Microsoft.CodeAnalysis.EmbeddedAttribute");

    private static bool IsPointer(Type type) => type.IsPointer || type.IsFunctionPointer;

    private static IEnumerable<(Type Target, MemberInfo? Member)> UsesOf(Type type)
    {
        IEnumerable<Type> shape =
        [
            .. type.BaseType is null ? [] : (Type[])[type.BaseType],
            .. type.GetInterfaces(),
            .. type.GetFields(Declared).Select(field => field.FieldType),
            .. type.IsGenericTypeDefinition ? ConstraintsOf(type.GetGenericArguments()) : [],
        ];
        IEnumerable<MemberInfo> members = [type, .. type.GetFields(Declared), .. type.GetProperties(Declared), .. type.GetEvents(Declared)];
        IEnumerable<MethodBase> methods = [.. type.GetMethods(Declared), .. type.GetConstructors(Declared)];
        return
        [
            .. shape.SelectMany(AsUses),
            .. members.SelectMany(member => AttributesOf(member.GetCustomAttributesData())),
            .. methods.SelectMany(method => UsesOf(method)),
            .. InheritedBy(type).SelectMany(AsUses),
        ];
    }

    private static IEnumerable<(Type Target, MemberInfo? Member)> UsesOf(MethodBase method)
    {
        MethodBody? body = method.GetMethodBody();
        IEnumerable<Type> signature =
        [
            .. method.GetParameters().Select(parameter => parameter.ParameterType),
            .. method is MethodInfo { ReturnType: var returned } ? (Type[])[returned] : [],
            .. method.IsGenericMethodDefinition ? ConstraintsOf(method.GetGenericArguments()) : [],
            .. body?.LocalVariables.Select(local => local.LocalType) ?? [],
            .. body?.ExceptionHandlingClauses
                .Where(clause => clause.Flags == ExceptionHandlingClauseOptions.Clause).Select(clause => clause.CatchType!) ?? [],
        ];
        IEnumerable<CustomAttributeData> attributes =
        [
            .. method.GetCustomAttributesData(),
            .. method.GetParameters().SelectMany(parameter => parameter.GetCustomAttributesData()),
        ];
        return
        [
            .. signature.SelectMany(AsUses),
            .. AttributesOf(attributes),
            .. body?.GetILAsByteArray() is { } code ? InstructionReader.TokensOf(code).SelectMany(token => UsesOf(method, token)) : [],
        ];
    }

    private static IEnumerable<(Type Target, MemberInfo? Member)> UsesOf(MethodBase method, int token)
    {
        Type[] typeArguments = method.DeclaringType is { IsGenericType: true } type ? type.GetGenericArguments() : [];
        Type[] methodArguments = method.IsGenericMethod ? method.GetGenericArguments() : [];
        return method.Module.ResolveMember(token, typeArguments, methodArguments) switch
        {
            Type target => AsUses(target),
            { } member => AsUses(member),
            null => [],
        };
    }

    /// <summary>Lists the members of base types and interfaces that a type overrides or implements.</summary>
    private static IEnumerable<MemberInfo> InheritedBy(Type type)
    {
        IEnumerable<MethodInfo> overridden = type.GetMethods(Declared)
            .Where(method => method.IsVirtual)
            .Select(method => method.GetBaseDefinition())
            .Where(method => method.DeclaringType != type);
        IEnumerable<MethodInfo> implemented = type.IsInterface
            ? []
            : type.GetInterfaces().SelectMany(contract => type.GetInterfaceMap(contract).InterfaceMethods);
        return overridden.Concat(implemented);
    }

    private static IEnumerable<(Type Target, MemberInfo? Member)> AttributesOf(IEnumerable<CustomAttributeData> attributes)
        => attributes.SelectMany(attribute =>
            AsUses(attribute.Constructor).Concat(attribute.ConstructorArguments
                .Concat(attribute.NamedArguments.Select(argument => argument.TypedValue))
                .SelectMany(argument => argument.Value is Type named ? [argument.ArgumentType, named] : (Type[])[argument.ArgumentType])
                .SelectMany(AsUses)));

    private static IEnumerable<Type> ConstraintsOf(Type[] arguments)
        => arguments.SelectMany(argument => argument.GetGenericParameterConstraints());

    private static IEnumerable<(Type Target, MemberInfo? Member)> AsUses(Type type)
        => Parts(type).Select(part => (part, (MemberInfo?)null));

    private static IEnumerable<(Type Target, MemberInfo? Member)> AsUses(MemberInfo member)
    {
        IEnumerable<Type> arguments = member is MethodInfo { IsGenericMethod: true } generic ? generic.GetGenericArguments() : [];
        return member.DeclaringType is { } owner
            ? [(owner.Definition(), member), .. AsUses(owner).Skip(1), .. arguments.SelectMany(AsUses)]
            : arguments.SelectMany(AsUses);
    }

    /// <summary>Lists a type and its parts: element types, generic arguments, and the signature of a function pointer.</summary>
    private static IEnumerable<Type> Parts(Type type)
    {
        if (type.IsFunctionPointer)
        {
            return [type, .. type.GetFunctionPointerParameterTypes().Append(type.GetFunctionPointerReturnType()).SelectMany(Parts)];
        }

        if (type.HasElementType)
        {
            return type.IsPointer ? [type, .. Parts(type.GetElementType()!)] : Parts(type.GetElementType()!);
        }

        if (type.IsGenericType)
        {
            return [type.Definition(), .. type.GetGenericArguments().SelectMany(Parts)];
        }

        return type.IsGenericParameter ? [] : [type];
    }
}
