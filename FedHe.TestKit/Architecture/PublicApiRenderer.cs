using System.Globalization;
using System.Reflection;
using System.Runtime.CompilerServices;
using System.Text;

namespace FedHe.TestKit.Architecture;

/// <summary>
/// Writes the public and protected surface of an assembly as sorted text: one line a type, one indented line a member.
/// What the compiler adds to records is left out; the word <c>record</c> says it.
/// </summary>
internal static class PublicApiRenderer
{
    private const BindingFlags Declared = BindingFlags.Public | BindingFlags.NonPublic | BindingFlags.Instance
        | BindingFlags.Static | BindingFlags.DeclaredOnly;

    public static string Render(Assembly assembly)
    {
        var text = new StringBuilder();
        foreach (Type type in assembly.GetExportedTypes().OrderBy(type => type.FullName, StringComparer.Ordinal))
        {
            text.Append(Header(type)).Append('\n');
            foreach (string member in MembersOf(type).Order(StringComparer.Ordinal))
            {
                text.Append("    ").Append(member).Append('\n');
            }
        }

        return text.ToString();
    }

    private static string Header(Type type)
    {
        string kind = type switch
        {
            { IsEnum: true } => "enum",
            { IsInterface: true } => "interface",
            { IsValueType: true } => $"{(IsReadOnly(type) ? "readonly " : "")}{(type.IsByRefLike ? "ref " : "")}{(IsRecord(type) ? "record " : "")}struct",
            _ when typeof(Delegate).IsAssignableFrom(type) => "delegate",
            { IsAbstract: true, IsSealed: true } => "static class",
            _ => $"{(type.IsAbstract ? "abstract " : "")}{(type.IsSealed ? "sealed " : "")}{(IsRecord(type) ? "record" : "class")}",
        };
        IEnumerable<Type> inherited = type.IsEnum || type.IsValueType || type.BaseType == typeof(object) || type.BaseType is null
            ? []
            : [type.BaseType];
        string[] parents = type.IsEnum
            ? [TypeNames.Of(Enum.GetUnderlyingType(type))]
            : [.. inherited.Concat(OwnInterfacesOf(type)).Select(TypeNames.Of)];
        return $"{kind} {type.Namespace}.{TypeNames.Of(type)}{(parents.Length > 0 ? " : " + string.Join(", ", parents) : "")}";
    }

    private static IEnumerable<Type> OwnInterfacesOf(Type type)
        => type.GetInterfaces()
            .Except(type.BaseType?.GetInterfaces() ?? [])
            .Where(contract => !IsRecord(type) || contract.Name != "IEquatable`1")
            .OrderBy(contract => contract.Name, StringComparer.Ordinal);

    private static IEnumerable<string> MembersOf(Type type)
    {
        if (type.IsEnum)
        {
            return type.GetFields(BindingFlags.Public | BindingFlags.Static)
                .Select(field => $"{field.Name} = {Convert.ToInt64(field.GetRawConstantValue(), CultureInfo.InvariantCulture)}");
        }

        return
        [
            .. type.GetFields(Declared).Where(field => IsVisible(field) && !IsGenerated(field)).Select(Describe),
            .. type.GetConstructors(Declared).Where(IsVisible).Where(member => !IsGenerated(member)).Select(Describe),
            .. type.GetProperties(Declared).Where(IsVisible).Select(Describe),
            .. type.GetEvents(Declared).Where(raised => IsVisible(raised.AddMethod!))
                .Select(raised => $"event {TypeNames.Of(raised.EventHandlerType!)} {raised.Name}"),
            .. type.GetMethods(Declared).Where(IsVisible).Where(method => !IsGenerated(method) && !IsAccessor(method)).Select(Describe),
        ];
    }

    private static string Describe(FieldInfo field)
    {
        string prefix = field.IsLiteral ? "const " : field.IsStatic ? "static readonly " : field.IsInitOnly ? "readonly " : "";
        string value = field.IsLiteral ? $" = {Convert.ToString(field.GetRawConstantValue(), CultureInfo.InvariantCulture)}" : "";
        return $"{Access(field.IsPublic)}{prefix}{TypeNames.Of(field.FieldType)} {field.Name}{value}";
    }

    private static string Describe(ConstructorInfo constructor)
        => $"{Access(constructor.IsPublic)}{constructor.DeclaringType!.Name}({Parameters(constructor)})";

    private static string Describe(PropertyInfo property)
    {
        MethodInfo accessor = property.GetMethod ?? property.SetMethod!;
        string required = property.IsDefined(typeof(RequiredMemberAttribute)) ? "required " : "";
        string setter = property.SetMethod is { } set && IsVisible(set)
            ? set.ReturnParameter.GetRequiredCustomModifiers().Contains(typeof(IsExternalInit)) ? " init;" : " set;"
            : "";
        string type = TypeNames.Of(property.PropertyType, new NullabilityInfoContext().Create(property));
        return $"{Access(accessor.IsPublic)}{Modifiers(accessor)}{required}{type} {property.Name} {{ get;{setter} }}";
    }

    private static string Describe(MethodInfo method)
    {
        string generic = method.IsGenericMethod
            ? $"<{string.Join(", ", method.GetGenericArguments().Select(argument => argument.Name))}>"
            : "";
        string result = TypeNames.Of(method.ReturnType, new NullabilityInfoContext().Create(method.ReturnParameter));
        return $"{Access(method.IsPublic)}{Modifiers(method)}{result} {method.Name}{generic}({Parameters(method)})";
    }

    private static string Parameters(MethodBase method) => string.Join(", ", method.GetParameters().Select(parameter =>
    {
        string modifier = parameter switch
        {
            { IsOut: true } => "out ",
            { IsIn: true } => "in ",
            { ParameterType.IsByRef: true } => "ref ",
            _ when parameter.IsDefined(typeof(ParamArrayAttribute)) => "params ",
            _ => "",
        };
        string defaultValue = parameter.HasDefaultValue
            ? $" = {Convert.ToString(parameter.DefaultValue, CultureInfo.InvariantCulture) switch { null or "" => "default", var text => text }}"
            : "";
        return $"{modifier}{TypeNames.Of(parameter.ParameterType, new NullabilityInfoContext().Create(parameter))} {parameter.Name}{defaultValue}";
    }));

    private static string Access(bool isPublic) => isPublic ? "" : "protected ";

    private static string Modifiers(MethodInfo method) => method switch
    {
        { IsStatic: true } => "static ",
        { DeclaringType.IsInterface: true } => method.IsAbstract ? "" : "default ",
        { IsAbstract: true } => "abstract ",
        { IsFinal: true, IsVirtual: true } when method.GetBaseDefinition() == method => "",
        _ when method.GetBaseDefinition() != method => method.IsFinal ? "sealed override " : "override ",
        { IsVirtual: true } => "virtual ",
        _ => "",
    };

    private static bool IsVisible(FieldInfo field) => field.IsPublic || field.IsFamily || field.IsFamilyOrAssembly;

    private static bool IsVisible(MethodBase method)
        => (method.IsPublic || ((method.IsFamily || method.IsFamilyOrAssembly) && !method.DeclaringType!.IsSealed)) && method.Name != "Finalize";

    private static bool IsVisible(PropertyInfo property) => property.GetAccessors(nonPublic: true).Any(IsVisible) && property.Name != "EqualityContract";

    private static bool IsGenerated(MemberInfo member) => member.IsDefined(typeof(CompilerGeneratedAttribute));

    private static bool IsAccessor(MethodInfo method)
        => method.IsSpecialName && !method.Name.StartsWith("op_", StringComparison.Ordinal);

    private static bool IsReadOnly(Type type) => type.IsDefined(typeof(IsReadOnlyAttribute));

    private static bool IsRecord(Type type)
        => type.GetMethod("PrintMembers", Declared, [typeof(StringBuilder)]) is { } method && IsGenerated(method);
}
