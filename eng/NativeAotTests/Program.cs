// Runs the tests of this assembly, which a test framework cannot do in native code, and ends with the line of `dotnet test`.
using System.Collections;
using System.Globalization;
using System.Reflection;
using FedHe.Crypto;
using Xunit.Sdk;

const BindingFlags Static = BindingFlags.Public | BindingFlags.Static;
Console.WriteLine($"Tests with {HeKernels.Current}, {(System.Runtime.CompilerServices.RuntimeFeature.IsDynamicCodeSupported ? "compiled at run time" : "native code")}");
int passed = 0, failed = 0;
foreach (MethodInfo test in from type in typeof(Program).Assembly.GetExportedTypes()
                            from method in type.GetMethods()
                            where method.IsDefined(typeof(FactAttribute))
                            select method)
{
    foreach (object?[] arguments in Cases(test))
    {
        try
        {
            object instance = Activator.CreateInstance(test.DeclaringType!)!;
            test.Invoke(instance, Converted(arguments, test.GetParameters()));
            passed++;
        }
        catch (TargetInvocationException failure)
        {
            failed++;
            Console.WriteLine($"{test.DeclaringType!.Name}.{test.Name}({string.Join(", ", arguments)}): {failure.InnerException}");
        }
    }
}

Console.WriteLine($"{(failed == 0 ? "Passed!" : "Failed!")}  - Failed: {failed}, Passed: {passed}, Skipped: 0, Total: {passed + failed}");
return failed == 0 && passed > 0 ? 0 : 1;

static IEnumerable<object?[]> Cases(MethodInfo test) => test.IsDefined(typeof(TheoryAttribute))
    ? test.GetCustomAttributes<DataAttribute>().SelectMany(data => data is MemberDataAttribute member ? Rows(member, test) : data.GetData(test))
    : [[]];

static IEnumerable<object?[]> Rows(MemberDataAttribute member, MethodInfo test)
{
    Type type = member.MemberType ?? test.DeclaringType!;
    object? rows = type.GetProperty(member.MemberName, Static)?.GetValue(null) ?? type.GetMethod(member.MemberName, Static)!.Invoke(null, member.Parameters);
    return ((IEnumerable)rows!).Cast<object?[]>();
}

// Constants of attributes have the types that they were written in.
static object?[] Converted(object?[] arguments, ParameterInfo[] parameters)
    => [.. arguments.Zip(parameters, (argument, parameter)
        => argument is IConvertible && !parameter.ParameterType.IsEnum ? Convert.ChangeType(argument, parameter.ParameterType, CultureInfo.InvariantCulture) : argument)];
